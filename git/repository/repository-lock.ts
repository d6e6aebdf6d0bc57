import { readFileSync, unlinkSync, writeSync } from "node:fs";
import { type Clock, systemProcess, WorldError } from "../../core/index.ts";
import { type FileLock, tryFileLock } from "../refs/file-lock.ts";

/** How long a second run waits for the first: a release of 100,000 sites fits in. */
const WAIT_MS = 60_000;

/**
 * One Skerry process at a time writes to a repository: two would both build packs, and one of them for nothing. Refs are
 * safe without it (old values are compared under git's own lock), so a lock whose process is dead is taken over. On a
 * disk that several machines share, a living process of another machine looks dead too; then only the comparison is left.
 */
export async function lockRepository(path: string, clock: Clock): Promise<{ release(): void }> {
  const deadline = clock.monotonic() + WAIT_MS;
  for (;;) {
    const lock = tryFileLock(path);
    if (lock) return sign(lock);
    const holder = tryHolder(path);
    if (holder !== undefined && !isAlive(holder)) takeOver(path, holder);
    else if (clock.monotonic() > deadline) throw busy(path, holder);
    else await clock.sleep(20);
  }
}

function sign(lock: FileLock): { release(): void } {
  writeSync(lock.descriptor, `${systemProcess.pid}\n`);
  return lock;
}

/** undefined when the lock has gone meanwhile, or its process has not signed it yet. */
function tryHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but it lives.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

// Two runs may find the same dead lock. Only the one that holds the lock's own lock looks again and removes it, so that
// nobody removes the fresh lock of the other.
function takeOver(path: string, deadHolder: number): void {
  const guard = tryFileLock(`${path}.takeover`);
  if (!guard) return;
  try {
    if (tryHolder(path) === deadHolder) unlinkSync(path);
  } finally {
    guard.release();
  }
}

function busy(path: string, holder: number | undefined): WorldError {
  const who = holder === undefined ? "another process" : `process ${holder}`;
  return new WorldError(
    "repository-busy",
    `${who} is writing to this repository (${path})`,
    `Wait until it is done. If no skerry command is running, remove ${path} and ${path}.takeover`,
  );
}
