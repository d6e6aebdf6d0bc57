import { closeSync, openSync, statSync, unlinkSync } from "node:fs";
import { type Clock, WorldError } from "../../core/index.ts";

/** A `<file>.lock` as git uses it: the process that creates it holds the lock. Excludes git and Skerry from each other. */
export interface FileLock {
  readonly path: string;
  readonly descriptor: number;
  /** Removes the lock file. Not after it was renamed into place. */
  release(): void;
  /** Closes without removing the file, which belongs to another process by now. */
  close(): void;
}

/** Twice as long as git itself waits for `packed-refs.lock`. */
const WAIT_MS = 2_000;

/**
 * Creates `path`, and waits a moment for another process to remove its own. Throws a `WorldError` when that stays: it may be left by a killed
 * process, but that is only a guess, so it is not removed.
 */
export async function takeFileLock(path: string, clock: Clock): Promise<FileLock> {
  const deadline = clock.monotonic() + WAIT_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const lock = tryFileLock(path);
    if (lock) return lock;
    if (clock.monotonic() > deadline) throw locked(path, clock);
    await clock.sleep(pauseMs);
  }
}

export function tryFileLock(path: string): FileLock | undefined {
  try {
    const descriptor = openSync(path, "wx", 0o666);
    return { path, descriptor, release: () => release(path, descriptor), close: () => closeSync(descriptor) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

function release(path: string, descriptor: number): void {
  closeSync(descriptor);
  unlinkSync(path);
}

function locked(path: string, clock: Clock): WorldError {
  const stats = statSync(path, { throwIfNoEntry: false });
  const age = stats ? `, created ${Math.max(0, Math.round((clock.now() - stats.mtimeMs) / 1000))} s ago` : "";
  const next = `wait until the git command that holds it ends. If none is running, a killed one left it: remove ${path} and run this again`;
  return new WorldError("refs-locked", `another process holds ${path}${age}`, next);
}
