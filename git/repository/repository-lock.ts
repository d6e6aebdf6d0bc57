import { futimesSync, linkSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from "node:fs";
import { type Clock, systemProcess, WorldError } from "../../core/index.ts";
import { type FileLock, tryFileLock } from "../refs/file-lock.ts";
import { ownSignature, stateOf, tryHolder } from "./lock-holder.ts";

/** How long a second run waits for the first: longer than a release of 100,000 sites. */
const WAIT_MS = 60_000;
/** A holder updates the time of its lock this often, for those who cannot check its process. */
const RENEW_MS = 2_000;
/** A lock whose process cannot be checked is dead after this long without a renewal. */
const SILENT_MS = 10_000;

/**
 * One Skerry process at a time writes to a repository, because the packs of a second one would be wasted. Refs are safe without it (old values
 * are compared under git's own lock), so the lock of a dead process is taken over: at once when the process can be checked, otherwise after
 * a while without a renewal.
 */
export async function lockRepository(path: string, clock: Clock): Promise<{ release(): void }> {
  const deadline = clock.monotonic() + WAIT_MS;
  const [lockWatch, guardWatch] = [new Watch(path, clock), new Watch(`${path}.takeover`, clock)];
  for (;;) {
    const lock = held.has(path) ? undefined : tryFileLock(path);
    if (lock) return sign(lock, clock);
    const found = lockWatch.check();
    const left = guardWatch.check();
    if (!held.has(path) && found?.isDead) takeOver(path, found.signature, left);
    if (found && clock.monotonic() > deadline) throw busy(path, found.signature);
    await clock.sleep(20);
  }
}

interface FoundLock {
  readonly signature: string;
  readonly isDead: boolean;
}

/** Checks a lock repeatedly, and tracks the time since its last renewal. */
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
  check(): FoundLock | undefined {
    const signature = trySignature(this.#path);
    const changedMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (signature === undefined || changedMs === undefined) return undefined;
    const seen = `${signature}${changedMs}`;
    if (seen !== this.#seen) [this.#seen, this.#since] = [seen, this.#clock.monotonic()];
    // A process that was killed between creating and signing its lock is only detected by missing renewals.
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

/** Locks of this process. A lock with only a process id does not show whether this process or an earlier one with its id holds it. */
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
    // A process that assumed this one to be dead has its own lock there now.
    if (trySignature(path) === signature) lock.release();
    else lock.close();
  };
  return { release };
}

// On a disk that cannot store a new time the release fails too, with its own error.
function renew(descriptor: number, clock: Clock): void {
  try {
    futimesSync(descriptor, clock.now() / 1000, clock.now() / 1000);
  } catch {}
}

// Two runs may find the same dead lock. Only the one that holds the guard checks it again and removes it, so that nobody removes the new lock
// of the other. The guard is held for three calls without a pause.
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

// A run was killed during those calls. The process that renames its guard may remove it; a guard that was renamed by mistake is put back.
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
