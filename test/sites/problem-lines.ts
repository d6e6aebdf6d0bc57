import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect } from "@jest/globals";
import { z } from "zod";
import type { Problem } from "../../core/index.ts";
import { inventory, ndjson, type SiteInput, type InventorySource, yaml } from "../../sites/index.ts";

/** A new folder with these files, and a function that removes it. */
export function written(files: Readonly<Record<string, string | Uint8Array>>): {
  readonly path: (name: string) => string;
  readonly lines: (problems: readonly Problem[]) => string[];
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "skerry-sites-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return {
    path: (name) => join(folder, name),
    lines: (problems) => problems.map((problem) => problemLine(problem).replaceAll(`${folder}/`, "")),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const folders: (() => void)[] = [];
afterEach(() => {
  for (const remove of folders.splice(0)) remove();
});

/** `written`, removed after the test. */
export function files(content: Readonly<Record<string, string | Uint8Array>>): ReturnType<typeof written> {
  const made = written(content);
  folders.push(made.remove);
  return made;
}

export const Labels = z.strictObject({ size: z.enum(["large", "medium"]), scheduled: z.boolean() });
export const node = { id: "n1", role: "server", arch: "amd64", cpu: 4, memory: "8Gi" } as const;

/** A valid site, with `more` on top. */
export function site(id: string, more: Readonly<Record<string, unknown>> = {}): SiteInput {
  return {
    id,
    name: "A site",
    level: ["eu"],
    location: { latitude: 1, longitude: 2 },
    timeZone: "Europe/Oslo",
    labels: { size: "large", scheduled: true },
    nodes: [node],
    ...more,
  } as SiteInput;
}

/** The problems of sites written as lines of NDJSON. Also checks that each problem has the text of its line. */
export function problemLinesOf(...values: readonly unknown[]): string[] {
  const made = files({ s: values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n") });
  const found = inventory({ labels: Labels, from: [ndjson(made.path("s"))] });
  for (const { at, code } of found.problems) expect([code, at[0]?.text]).not.toContain(undefined);
  return made.lines(found.problems);
}

export function problemLinesOfYaml(text: string | Uint8Array): string[] {
  return problemLinesOfSource((path) => yaml(path("y")), { y: text });
}

export function problemLinesOfSource(
  source: (path: (name: string) => string) => InventorySource,
  content: Readonly<Record<string, string | Uint8Array>>,
): string[] {
  const made = files(content);
  return made.lines(inventory({ labels: Labels, from: [source(made.path)] }).problems);
}

/** `file:line:column code: message -> next`, all places before the code. */
function problemLine({ code, severity, message, at, next }: Problem): string {
  const places = at.map(({ file, line, column }) => [file, line, column].filter((part) => part !== undefined).join(":"));
  return `${places.join(" + ")} ${severity === "warning" ? "warning " : ""}${code}: ${message} -> ${next}`;
}
