import { closeSync, openSync, statSync, unlinkSync } from "node:fs";
import { type Clock, WorldError } from "../../core/index.ts";

/** A `<file>.lock` as git takes it: who creates it has it. git and we keep out of each other's way by it. */
export interface FileLock {
  readonly path: string;
  readonly descriptor: number;
  /** Removes the lock file. Not after it was renamed into place. */
  release(): void;
  /** Lets go without removing the file, which is somebody else's by now. */
  close(): void;
}

/** As long as git itself waits for `packed-refs.lock`, twice over. */
const WAIT_MS = 2_000;

/**
 * Creates `path`, waiting a moment for another process to remove its own. When it stays, that is a `WorldError`: a lock
 * that a killed process left behind is not removed by guess, because the guess would one day be wrong.
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
  const age = stats ? `, made ${Math.max(0, Math.round((clock.now() - stats.mtimeMs) / 1000))} s ago` : "";
  const next = `wait until the git command that holds it ends. If none is running, it was left by one that was killed: remove ${path} and run this again`;
  return new WorldError("refs-locked", `another process holds ${path}${age}`, next);
}
