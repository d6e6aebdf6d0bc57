import { randomBytes } from "node:crypto";
import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm, statfs, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
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
  read: (path) => readFile(path),
  write: (path, bytes, mode) => writeFile(path, bytes, mode === undefined ? {} : { mode }),
  syncFile: (path) => sync(path),
  // A rename is durable only when the folder that holds the name is (ext4, xfs; not needed but harmless elsewhere).
  syncFolder: (path) => sync(path),
  rename,
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  list: async (path) => {
    const names = (await readdir(path)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return Promise.all(names.map((name) => describe(join(path, name))));
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  inspect: (path) =>
    describe(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw error;
    }),
  link: symlink,
  readLink: (path) => readlink(path),
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
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

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function describe(path: string): Promise<DiskEntry> {
  const stats = await lstat(path);
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "other";
  return { name: basename(path), kind, size: stats.size, changedMs: stats.ctimeMs };
}
