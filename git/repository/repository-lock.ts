import { futimesSync, linkSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from "node:fs";
import { type Clock, systemProcess, WorldError } from "../../core/index.ts";
import { type FileLock, tryFileLock } from "../refs/file-lock.ts";
import { ownSignature, stateOf, tryHolder } from "./lock-holder.ts";

/** How long a second run waits for the first: a release of 100,000 sites fits in. */
const WAIT_MS = 60_000;
/** A holder renews the time of its lock this often, so that those who cannot see its process see that it lives. */
const RENEW_MS = 2_000;
/** A lock of a holder that nobody here can see is dead when nobody has renewed it for this long. */
const SILENT_MS = 10_000;

/**
 * One Skerry process at a time writes to a repository: two would both build packs, and one of them for nothing. Refs are
 * safe without it (old values are compared under git's own lock), so a lock whose process is dead is taken over: at once
 * when its process could be seen from here, else when nobody has renewed it for a while.
 */
export async function lockRepository(path: string, clock: Clock): Promise<{ release(): void }> {
  const deadline = clock.monotonic() + WAIT_MS;
  const [lockWatch, guardWatch] = [new Watch(path, clock), new Watch(`${path}.takeover`, clock)];
  for (;;) {
    const lock = held.has(path) ? undefined : tryFileLock(path);
    if (lock) return sign(lock, clock);
    const found = lockWatch.look();
    const left = guardWatch.look();
    if (!held.has(path) && found?.isDead) takeOver(path, found.signature, left);
    if (found && clock.monotonic() > deadline) throw busy(path, found.signature);
    await clock.sleep(20);
  }
}

interface FoundLock {
  readonly signature: string;
  readonly isDead: boolean;
}

/** Looks at a lock again and again, and knows for how long nobody has renewed it. */
class Watch {
  readonly #path: string;
  readonly #clock: Clock;
  #seen = "";
  #since = 0;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** undefined when there is no lock. */
  look(): FoundLock | undefined {
    const signature = trySignature(this.#path);
    const changedMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (signature === undefined || changedMs === undefined) return undefined;
    const seen = `${signature}${changedMs}`;
    if (seen !== this.#seen) [this.#seen, this.#since] = [seen, this.#clock.monotonic()];
    // One that was killed between making its lock and signing it is only known by its silence.
    const holder = tryHolder(signature);
    const state = holder === undefined ? "unseen" : stateOf(holder, changedMs);
    const isSilent = this.#clock.monotonic() - this.#since > SILENT_MS;
    return { signature, isDead: state === "dead" || (state === "unseen" && isSilent) };
  }
}

function trySignature(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Locks of this process. Where a lock cannot say more than a process id, our own id in it says nothing. */
const held = new Set<string>();

function sign(lock: FileLock, clock: Clock): { release(): void } {
  const { path, descriptor } = lock;
  const signature = ownSignature();
  writeSync(descriptor, signature);
  held.add(path);
  const renewal = setInterval(() => renew(descriptor, clock), RENEW_MS);
  renewal.unref();
  const release = (): void => {
    clearInterval(renewal);
    held.delete(path);
    // Somebody who took this process for dead has a lock of its own there now.
    if (trySignature(path) === signature) lock.release();
    else lock.close();
  };
  return { release };
}

// A disk that takes no new time takes no release either, and says so there.
function renew(descriptor: number, clock: Clock): void {
  try {
    futimesSync(descriptor, clock.now() / 1000, clock.now() / 1000);
  } catch {}
}

// Two runs may find the same dead lock. Only the one that holds the lock's own lock looks again and removes it, so that
// nobody removes the fresh lock of the other. That one is held for three calls without a pause between them.
function takeOver(path: string, dead: string, left: FoundLock | undefined): void {
  const guardPath = `${path}.takeover`;
  const guard = tryFileLock(guardPath);
  if (!guard) {
    if (left?.isDead) removeLeft(guardPath, left.signature);
    return;
  }
  try {
    writeSync(guard.descriptor, ownSignature());
    if (trySignature(path) === dead) unlinkSync(path);
  } finally {
    guard.release();
  }
}

// A run was killed in the middle of those calls. Whoever renames what it left has it; what was renamed by mistake is put back.
function removeLeft(path: string, dead: string): void {
  const aside = `${path}.${systemProcess.pid}`;
  try {
    renameSync(path, aside);
    if (trySignature(aside) !== dead) linkSync(aside, path);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  rmSync(aside, { force: true });
}

function busy(path: string, signature: string): WorldError {
  const holder = tryHolder(signature);
  const isHere = holder !== undefined && stateOf(holder, 0) !== "unseen";
  const who = holder === undefined ? "another process" : `process ${holder.pid}${isHere ? "" : " of another container or machine"}`;
  return new WorldError(
    "repository-busy",
    `${who} is writing to this repository (${path})`,
    `Wait until it is done. If no skerry command is running, remove ${path} and ${path}.takeover`,
  );
}
