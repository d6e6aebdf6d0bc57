import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cache, remakeCache } from "./cache.ts";

/** Which files a cache holds, path -> bytes; undefined for those below `objects/`, which git never changes. */
export type CacheSnapshot = ReadonlyMap<string, Buffer | undefined>;

export async function snapshotCache({ folder }: Cache): Promise<CacheSnapshot> {
  const paths = await filesOf(folder);
  return new Map(
    await Promise.all(
      paths.map(async (path) => [path, path.startsWith("objects/") ? undefined : await readFile(join(folder, path))] as const),
    ),
  );
}

/** Takes back all that a fetch left behind since then: objects, refs, what `shallow` says, half a pack, locks. */
export async function restoreCache(cache: Cache, before: CacheSnapshot): Promise<void> {
  const after = new Set(await filesOf(cache.folder));
  if ([...before.keys()].some((path) => path.startsWith("objects/") && !after.has(path))) return remakeCache(cache);
  for (const path of after) if (!before.has(path)) await rm(join(cache.folder, path));
  for (const [path, bytes] of before) if (bytes !== undefined) await restoreFile(join(cache.folder, path), bytes);
}

async function restoreFile(path: string, bytes: Buffer): Promise<void> {
  const now = await readFile(path).catch(() => undefined);
  if (now === undefined || !now.equals(bytes)) await replaceFile(path, bytes);
}

/**
 * Leaves in `shallow` what the refs name. git keeps every line that a server ever sent, and tells all of them to the server at each poll.
 * With a depth of one, each history ends at its tip.
 */
export async function pruneShallow({ folder }: Cache): Promise<void> {
  const path = join(folder, "shallow");
  const refs = (await filesOf(join(folder, "refs"))).map((ref) => readFile(join(folder, "refs", ref), "latin1"));
  const tips = new Set((await Promise.all(refs)).map((text) => text.trimEnd()));
  const text = await readFile(path, "latin1").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  const kept = lines.filter((line) => tips.has(line));
  if (kept.length === lines.length) return;
  if (kept.length === 0) await rm(path);
  else await replaceFile(path, Buffer.from(kept.map((line) => `${line}\n`).join("")));
}

/** A process that dies in between leaves a name by which the next one knows that the cache is not whole. */
async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.lock`, bytes);
  await rename(`${path}.lock`, path);
}

/** Relative paths of files; the links to programs are none. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
