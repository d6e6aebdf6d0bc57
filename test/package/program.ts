import { spawn } from "node:child_process";
import type { AgentBundle } from "../../tools/build-agent.ts";

export interface Ended {
  readonly code: number | string;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program to its end with nothing of this process in its environment but PATH. The git server of a test goes on meanwhile. */
export function runProgram(program: string, args: readonly string[], folder: string, more: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env["PATH"], HOME: folder, ...more };
    const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const words = { output: "", errors: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (words.output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words.errors += text));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? signal ?? "gone", ...words }));
  });
}

const BUILDER = new URL("../../tools/build-agent.ts", import.meta.url).href;

/** The builder in a process of its own: its native half does not take functions of the realm that Jest runs tests in. */
export async function bundleIn(top: string, file: string, folder: string): Promise<AgentBundle> {
  const script = `const { bundleAgent } = await import(${JSON.stringify(BUILDER)});
    process.stdout.write(JSON.stringify(await bundleAgent(${JSON.stringify(top)}, ${JSON.stringify(file)})));`;
  const { code, output, errors } = await runProgram(process.execPath, ["--input-type=module", "--eval", script], folder);
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output) as AgentBundle;
}
