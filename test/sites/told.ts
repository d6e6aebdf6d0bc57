import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Problem } from "../../core/index.ts";

/** A fresh folder with these files; removed by the function that comes with it. */
export function written(files: Readonly<Record<string, string | Uint8Array>>): {
  readonly path: (name: string) => string;
  readonly told: (problems: readonly Problem[]) => string[];
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "skerry-sites-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return {
    path: (name) => join(folder, name),
    told: (problems) => problems.map((problem) => told(problem).replaceAll(`${folder}/`, "")),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** `file:line:column code: message -> next`, all places before the code. */
function told({ code, severity, message, at, next }: Problem): string {
  const places = at.map(({ file, line, column }) => [file, line, column].filter((part) => part !== undefined).join(":"));
  return `${places.join(" + ")} ${severity === "warning" ? "warning " : ""}${code}: ${message} -> ${next}`;
}
