import { readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import { fittedOutput, pageCommands } from "./console-blocks.ts";
import type { Laptop } from "./laptop.ts";

/** Runs every command of a page, in order, and expects the output that the page shows. */
export async function expectPage(laptop: Laptop, path: string): Promise<void> {
  const commands = pageCommands(readFileSync(path, "utf8"));
  if (commands.length === 0) throw new Error(`${path} shows no command`);
  for (const { command, output, line } of commands) {
    const printed = await laptop.run(command).catch((error: Error) => {
      throw new Error(`${path}:${line}: ${error.message}`);
    });
    expect({ at: `${path}:${line}`, command, output: fittedOutput(output, printed) }).toEqual({ at: `${path}:${line}`, command, output });
  }
}
