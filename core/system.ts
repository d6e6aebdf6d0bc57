import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, readlink, rename, rm, stat, statfs, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { tryPathFault } from "./path-owner.ts";
import type { Clock, Disk, DiskEntry, ProcessPort, Random } from "./ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  fraction: () => Math.random(),
};

export const systemProcess: ProcessPort = {
  env: (name) => process.env[name],
  get workingFolder() {
    return process.cwd();
  },
  pid: process.pid,
};

export const systemDisk: Disk = {
  read: readRegular,
  write: writeOwn,
  syncFile: (path) => sync(path),
  // A rename is durable only when the folder that holds the name is (ext4, xfs; not needed but harmless elsewhere).
  syncFolder: (path) => sync(path),
  rename,
  makeFolder: makeFolders,
  list: async (path) => {
    const names = (await readdir(path)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const entries = await Promise.all(names.map((name) => tryDescribe(join(path, name))));
    return entries.filter((entry) => entry !== undefined);
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  inspect: tryDescribe,
  link: symlink,
  readLink: (path) => readlink(path),
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  pathFault: tryPathFault,
};

const YEAR_MS = 31_622_400_000;
const ODD_MS = 93_784_005;

/**
 * Runs `work` with the clock a year, a day, two hours and some milliseconds ahead and with an empty environment. A result that differs
 * depends on one of them. `work` is synchronous, so no other code runs meanwhile.
 */
export function inShiftedEnvironment<T>(work: () => T): T {
  const { Date: here, process } = globalThis;
  const { env } = process;
  const now = (): number => here.now() + YEAR_MS + ODD_MS;
  globalThis.Date = new Proxy(here, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === globalThis.Date ? target : newTarget) as Date,
    apply: () => new here(now()).toString(),
    get: (target, key) => (key === "now" ? now : (Reflect.get(target, key) as unknown)),
  });
  process.env = {};
  try {
    return work();
  } finally {
    globalThis.Date = here;
    process.env = env;
  }
}

/** One name at a time: Node's own way up never ends where the kernel says that a folder is not there and lets nobody make it (`/proc`). */
async function makeFolders(path: string, mode?: number): Promise<void> {
  const code = await tryMake(path, mode);
  if (code !== "ENOENT" || dirname(path) === path) return refuseCode(code, path);
  await makeFolders(dirname(path));
  return refuseCode(await tryMake(path, mode), path);
}

/** undefined when a folder is there now. */
async function tryMake(path: string, mode?: number): Promise<string | undefined> {
  try {
    await mkdir(path, mode);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isThere = code === "EEXIST" && (await stat(path).catch(() => undefined))?.isDirectory() === true;
    return isThere ? undefined : (code ?? "EIO");
  }
}

function refuseCode(code: string | undefined, path: string): void {
  if (code !== undefined) throw refusal(code, "cannot be made", path);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The descriptor is what is judged and read, so nobody can change the name in between. Opening a pipe for reading does not wait. */
async function readRegular(path: string, bytesMax: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw refusal("EISDIR", "is a folder", path);
    if (!stats.isFile()) throw refusal("EINVAL", "is no regular file", path);
    if (stats.size > bytesMax) throw refusal("EFBIG", `holds ${stats.size} bytes, and at most ${bytesMax} are read`, path);
    // Files of /proc say 0. One byte more than there should be tells a file that grew.
    const bytes = Buffer.allocUnsafeSlow(Math.min(bytesMax, stats.size || PROC_BYTES) + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = (await handle.read(bytes, length, bytes.length - length)).bytesRead;
      if (length + got === stats.size) return bytes.subarray(0, stats.size);
    }
    if (length === bytes.length) throw refusal("EFBIG", "grew while it was read", path);
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

const PROC_BYTES = 4_096;

/** Always a new file: what stands there may be a link, a pipe, or a second name of another file, put there by somebody else. */
async function writeOwn(path: string, bytes: Uint8Array, mode = 0o666): Promise<void> {
  const handle = await openNew(path, mode);
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}

async function openNew(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, "wx", mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    await unlink(path);
    return open(path, "wx", mode);
  }
}

/** As the operating system would word it. */
function refusal(code: string, what: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path} ${what}`), { code, path });
}

function tryDescribe(path: string): Promise<DiskEntry | undefined> {
  return describe(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

async function describe(path: string): Promise<DiskEntry> {
  const stats = await lstat(path);
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "other";
  const entry: DiskEntry = { name: basename(path), kind, size: stats.size, changedMs: stats.ctimeMs };
  return isForeign(stats) ? { ...entry, isForeign: true } : entry;
}

function isForeign(stats: Stats): boolean {
  const isOwn = stats.uid === 0 || stats.uid === process.geteuid?.();
  return !isOwn || (!stats.isSymbolicLink() && (stats.mode & 0o002) !== 0);
}
