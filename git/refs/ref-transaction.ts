import { closeSync, fchmodSync, fsyncSync, readFileSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock, WorldError } from "../../core/index.ts";
import { type FileLock, takeFileLock } from "./file-lock.ts";
import { findLoose, folderOf, tryReadLoose } from "./loose-refs.ts";
import { isFullyPeeled, type PackedRef, type PackedRefs, type PackedRefsFile, tryReadPackedRefs, writePackedRefs } from "./packed-refs.ts";
import { runGit } from "../process/runner.ts";
import { syncFolder } from "../sync-folder.ts";

export interface RefUpdate {
  /** Full name, e.g. `refs/heads/sites/eddm`. */
  readonly name: string;
  /** Its expected current value; null: it must not exist. */
  readonly old: string | null;
  readonly new: string;
  /** For an annotated tag: its commit. */
  readonly peeled?: string;
}

/** A ref without its expected value. */
export interface LostRef {
  readonly name: string;
  readonly expected: string | null;
  readonly found: string | null;
}

const WAIT_FOR_WRITER_MS = 2_000;

/**
 * Moves refs of a local repository, all or none, by writing `packed-refs` under git's own lock: 10,000 refs cost as much
 * as one. Returns the refs with another value; then nothing was moved. Objects must be durable before.
 *
 * Order, and why: (1) `packed-refs.lock` excludes `git pack-refs` and deletions; (2) refs with a loose file are locked too, as git does;
 * (3) old values are compared; (4) the new file is synced, then renamed: readers see the old one or the new one; (5) loose files that would
 * hide new values are removed; (6) a concurrent `git update-ref` may still write its file: it is waited for and wins.
 */
export async function moveRefs(gitFolder: string, updates: readonly RefUpdate[], clock: Clock = systemClock): Promise<readonly LostRef[]> {
  if (updates.length === 0) return [];
  await ensurePeeled(gitFolder);
  const lock = await takeFileLock(join(gitFolder, "packed-refs.lock"), clock);
  const twins: FileLock[] = [];
  let isRenamed = false;
  try {
    const packed = readPacked(gitFolder).refs;
    const names = updates.map((update) => update.name);
    const loose = findLoose(gitFolder, names);
    refuseClashes(packed, names, loose.clashes);
    for (const name of loose.twins) twins.push(await takeFileLock(join(gitFolder, `${name}.lock`), clock));
    const values = new Map(loose.twins.map((name) => [name, tryReadLoose(gitFolder, name)]));
    const lost = updates.flatMap((update) => compare(update, values.get(update.name) ?? packed.get(update.name)?.id ?? null));
    if (lost.length > 0) return lost;
    writePacked(lock, gitFolder, packed, updates);
    isRenamed = true;
    for (const name of loose.twins) if (values.get(name) !== undefined) unlinkSync(join(gitFolder, name));
  } finally {
    for (const twin of twins) twin.release();
    if (!isRenamed) lock.release();
  }
  return lateWinners(gitFolder, updates, clock);
}

/** The packed refs. A loose ref of the same name takes precedence. */
export function readPacked(gitFolder: string): PackedRefsFile {
  const path = join(gitFolder, "packed-refs");
  const file = tryReadPackedRefs(tryRead(path) ?? Buffer.alloc(0));
  if (file) return file;
  throw new WorldError(
    "refs-damaged",
    `${path} is not a valid packed-refs file`,
    "restore the file, or clone the repository again from an intact one",
  );
}

// Written by hand or by a git older than 2013: git itself completes the file, before it is locked.
async function ensurePeeled(gitFolder: string): Promise<void> {
  const path = join(gitFolder, "packed-refs");
  if (isFullyPeeled(tryRead(path) ?? Buffer.alloc(0))) return;
  // Refuses a damaged file before git rewrites it.
  readPacked(gitFolder);
  await runGit({ folder: gitFolder, args: ["--git-dir=.", "pack-refs", "--all", "--no-prune"] });
  if (isFullyPeeled(tryRead(path) ?? Buffer.alloc(0))) return;
  throw new WorldError("refs-damaged", `${path} still has no peeled tags`, "install git 2.36 or newer and run: git pack-refs --all");
}

function compare(update: RefUpdate, found: string | null): LostRef[] {
  return found === update.old ? [] : [{ name: update.name, expected: update.old, found }];
}

function refuseClashes(packed: PackedRefs, names: readonly string[], loose: readonly (readonly [string, string])[]): void {
  const folders = new Set<string>();
  for (const name of packed.keys()) {
    for (let folder = folderOf(name); folder !== "" && !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
  }
  const clashes = [...loose];
  const looked = new Set<string>();
  for (const name of names) {
    if (folders.has(name)) clashes.push([name, `${name}/…`]);
    for (let above = folderOf(name); above !== "" && !looked.has(above); above = folderOf(above)) {
      looked.add(above);
      if (packed.has(above)) clashes.push([name, above]);
    }
  }
  const [first] = clashes;
  if (!first) return;
  throw new WorldError(
    "ref-name-clash",
    `${first[0]} cannot be created: ${first[1]} conflicts with it`,
    `Delete or rename that ref: git update-ref -d ${first[1]}`,
  );
}

function writePacked(lock: FileLock, gitFolder: string, packed: PackedRefs, updates: readonly RefUpdate[]): void {
  const refs = new Map(packed);
  for (const { name, new: id, peeled } of updates) refs.set(name, peeled === undefined ? { id } : ({ id, peeled } satisfies PackedRef));
  const bytes = writePackedRefs(refs);
  for (let done = 0; done < bytes.length; ) done += writeSync(lock.descriptor, bytes, done);
  const path = join(gitFolder, "packed-refs");
  // In a repository that a group shares, the file keeps its group permissions.
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats) fchmodSync(lock.descriptor, stats.mode & 0o777);
  fsyncSync(lock.descriptor);
  renameSync(lock.path, path);
  closeSync(lock.descriptor);
  syncFolder(gitFolder);
}

async function lateWinners(gitFolder: string, updates: readonly RefUpdate[], clock: Clock): Promise<LostRef[]> {
  const byName = new Map(updates.map((update) => [update.name, update]));
  const deadline = clock.monotonic() + WAIT_FOR_WRITER_MS;
  let loose = findLoose(gitFolder, byName.keys());
  while (loose.locked.length > 0 && clock.monotonic() < deadline) {
    await clock.sleep(5);
    loose = findLoose(gitFolder, byName.keys());
  }
  return loose.twins.flatMap((name) => {
    const found = tryReadLoose(gitFolder, name);
    const update = byName.get(name) as RefUpdate;
    return found === undefined || found === update.new ? [] : [{ name, expected: update.old, found }];
  });
}

function tryRead(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
