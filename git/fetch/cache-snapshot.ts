import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cache, remakeCache } from "./cache.ts";

// A few small files on tmpfs, read at each poll: synchronous reads cost a tenth of asynchronous ones through Node's thread pool.

/** The files of a cache, path -> bytes; undefined for those below `objects/`, which git never changes. */
export type CacheSnapshot = ReadonlyMap<string, Buffer | undefined>;

export function snapshotCache({ folder }: Cache): CacheSnapshot {
  return new Map(filesOf(folder).map((path) => [path, path.startsWith("objects/") ? undefined : readFileSync(join(folder, path))]));
}

/** Removes everything that a fetch has left since the snapshot: objects, refs, lines of `shallow`, incomplete packs, locks. */
export async function restoreCache(cache: Cache, before: CacheSnapshot): Promise<void> {
  const after = new Set(filesOf(cache.folder));
  if ([...before.keys()].some((path) => path.startsWith("objects/") && !after.has(path))) return remakeCache(cache);
  for (const path of after) if (!before.has(path)) rmSync(join(cache.folder, path));
  for (const [path, bytes] of before) {
    if (bytes !== undefined && !(after.has(path) && readFileSync(join(cache.folder, path)).equals(bytes))) {
      replaceFile(join(cache.folder, path), bytes);
    }
  }
}

/**
 * Keeps only the refs' tips in `shallow`. git keeps every line that a server ever sent, and sends all of them to the server at each poll.
 * With a depth of one, each history ends at its tip.
 */
export function pruneShallow({ folder }: Cache): void {
  const path = join(folder, "shallow");
  const lines = tryLines(path);
  if (lines.length === 0) return;
  const refs = filesOf(join(folder, "refs"));
  const tips = new Set(refs.flatMap((ref) => tryLines(join(folder, "refs", ref))));
  const kept = lines.filter((line) => tips.has(line));
  if (kept.length === lines.length) return;
  if (kept.length === 0) rmSync(path);
  else replaceFile(path, Buffer.from(kept.map((line) => `${line}\n`).join("")));
}

function tryLines(path: string): string[] {
  try {
    return readFileSync(path, "latin1")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A process that is killed in between leaves a `.lock` file, by which the next one finds that the cache is incomplete. */
function replaceFile(path: string, bytes: Buffer): void {
  writeFileSync(`${path}.lock`, bytes);
  renameSync(`${path}.lock`, path);
}

/** Relative paths of files, without the links to programs. */
function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
