/** Ports to the system. Nothing outside `core/` reads a clock, randomness or the environment. */
export interface Clock {
  /** Wall time in milliseconds since 1970; may jump. */
  now(): number;
  /** Milliseconds of a clock that never jumps; only differences have a meaning. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  bytes(length: number): Buffer;
  /** In [0, 1). */
  fraction(): number;
}

export interface ProcessPort {
  env(name: string): string | undefined;
  readonly workingFolder: string;
  readonly pid: number;
}

/**
 * The file system as the agent uses it: a power cut may happen between any two calls.
 * Paths are absolute. Calls throw `NodeJS.ErrnoException`s (`ENOENT`, `ENOSPC`, `EIO`, …).
 */
export interface Disk {
  /**
   * A whole regular file. `EFBIG` when it holds more than `bytesMax`, `EINVAL` when it is a device, a pipe or a socket: both before a byte is
   * read, and without waiting for a writer. Follows links.
   */
  read(path: string, bytesMax: number): Promise<Buffer>;
  /**
   * Creates or replaces a file; nothing is durable before `syncFile`, and its name not before `syncFolder`. What stands there is unlinked
   * and never written into: a link is not followed, and another name of the same file keeps its bytes.
   */
  write(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  syncFile(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Atomic within one file system. */
  rename(from: string, to: string): Promise<void>;
  /** And those above it, which get the usual mode. */
  makeFolder(path: string, mode?: number): Promise<void>;
  /** Names in ascending byte order. What disappears meanwhile is left out: a git that outlived its agent removes its lock files. */
  list(path: string): Promise<readonly DiskEntry[]>;
  /** Removes a file, a link or a whole folder; does nothing when the path does not exist. */
  remove(path: string): Promise<void>;
  /** undefined when the path does not exist. Does not follow a link. */
  inspect(path: string): Promise<DiskEntry | undefined>;
  link(target: string, path: string): Promise<void>;
  readLink(path: string): Promise<string>;
  freeBytes(path: string): Promise<number>;
  /** Why somebody besides root and this user could put something else at this path; undefined when nobody can. */
  pathFault(path: string): Promise<string | undefined>;
}

export interface DiskEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number;
  /** When content, name or mode last changed (ctime), in milliseconds since 1970. No system call can set it back. */
  readonly changedMs: number;
  /** Somebody besides root and this user may change it: its owner, or everybody by its mode. A link has no mode. Absent for false. */
  readonly isForeign?: true;
}
