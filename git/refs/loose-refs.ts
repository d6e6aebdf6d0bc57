import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Findings about some refs in the folders below `refs/`, with one listing per folder. */
export interface LooseFinds {
  /** Names with a loose file, which hides the packed value. */
  readonly twins: readonly string[];
  /** Names that another process has locked. */
  readonly locked: readonly string[];
  /** `[name, other]`: refs with these names cannot both exist, because one needs the other as a folder. */
  readonly clashes: readonly (readonly [string, string])[];
}

export function findLoose(gitFolder: string, names: Iterable<string>): LooseFinds {
  const finds = { twins: [] as string[], locked: [] as string[], clashes: [] as [string, string][] };
  const listings = new Map<string, Map<string, Dirent>>();
  for (const name of names) {
    const folder = folderOf(name);
    let entries = listings.get(folder);
    if (!entries) {
      listings.set(folder, (entries = list(gitFolder, folder)));
      const blocking = fileAbove(gitFolder, folder);
      if (blocking !== undefined) finds.clashes.push([name, blocking]);
    }
    if (entries.size > 0) look(gitFolder, name, entries, finds);
  }
  return finds;
}

/** The folder part of a ref's name. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

function look(
  gitFolder: string,
  name: string,
  entries: ReadonlyMap<string, Dirent>,
  finds: { twins: string[]; locked: string[]; clashes: [string, string][] },
): void {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const entry = entries.get(last);
  if (entry?.isDirectory()) {
    const below = firstRefBelow(gitFolder, name);
    if (below !== undefined) finds.clashes.push([name, below]);
  } else if (entry) finds.twins.push(name);
  if (entries.has(`${last}.lock`)) finds.locked.push(name);
}

/** The value of a loose ref: 40 hex digits, or `symbolic` for one that points to another; undefined when there is none. */
export function tryReadLoose(gitFolder: string, name: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(join(gitFolder, name), "latin1");
  } catch (error) {
    if (["ENOENT", "EISDIR", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  // An empty file, which a power cut may leave, has no value; git also reports it as broken.
  return /^([0-9a-f]{40})\s*$/.exec(text)?.[1] ?? (text.startsWith("ref:") ? "symbolic" : "broken");
}

/** All loose refs, with their values as `tryReadLoose` gives them. */
export function* looseRefs(gitFolder: string, folder = "refs"): Generator<readonly [string, string]> {
  for (const entry of list(gitFolder, folder).values()) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* looseRefs(gitFolder, name);
    else if (!name.endsWith(".lock")) {
      const value = tryReadLoose(gitFolder, name);
      if (value !== undefined) yield [name, value];
    }
  }
}

function list(gitFolder: string, folder: string): Map<string, Dirent> {
  try {
    const entries = readdirSync(join(gitFolder, folder), { withFileTypes: true, encoding: "latin1" as BufferEncoding });
    return new Map(entries.map((entry) => [entry.name, entry]));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return new Map();
    throw error;
  }
}

function fileAbove(gitFolder: string, folder: string): string | undefined {
  const parts = folder.split("/");
  return parts
    .map((_, index) => parts.slice(0, index + 1).join("/"))
    .find((path) => path !== "refs" && tryReadLoose(gitFolder, path) !== undefined);
}

// git leaves empty folders behind; only a folder with a ref conflicts.
function firstRefBelow(gitFolder: string, folder: string): string | undefined {
  for (const [name] of looseRefs(gitFolder, folder)) return name;
  return undefined;
}
