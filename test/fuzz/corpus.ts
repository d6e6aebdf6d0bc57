import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `corpus/<target>/<name>`: seeds, inputs that reached something new, and what was once a finding. */
const FOLDER = join(import.meta.dirname, "corpus");

export function corpusOf(target: string): { readonly name: string; readonly bytes: Buffer }[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

/** Returns the file's path. The same bytes come under the same name. */
export function keep(target: string, kind: string, bytes: Uint8Array): string {
  const folder = join(FOLDER, target);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${kind}-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}`);
  writeFileSync(path, bytes);
  return path;
}
