import type { Disk } from "../../../core/index.ts";
import { type DiskImage, fault } from "./disk-image.ts";
import type { Life } from "./life.ts";
import { never } from "./sim-time.ts";

export type DiskOp =
  | "read"
  | "write"
  | "syncFile"
  | "syncFolder"
  | "rename"
  | "makeFolder"
  | "list"
  | "remove"
  | "inspect"
  | "link"
  | "readLink"
  | "freeBytes";

export interface DiskCall {
  readonly op: DiskOp;
  readonly path: string;
  readonly to?: string | undefined;
}

/** What the world does with a call. It may end the life that made it. */
export interface DiskWorld {
  image: DiskImage;
  /** Before the call: a fault code, or undefined to let it pass. */
  before(call: DiskCall): string | undefined;
  /** The call took effect. */
  after(call: DiskCall): void;
  /** How many other tasks may run before this call does. */
  hops(): number;
  /** What the call takes. */
  wait(life: Life): Promise<void>;
  mostDiskMs: number;
  freeBytes: number;
}

/** Below this folder lies memory: gone with the power, and neither full nor torn. */
export const MEMORY_FOLDER = "/run";

/** The disk as one life of the agent sees it. Each call is one moment, and others may come between any two. */
export function simDisk(world: DiskWorld, life: Life): Disk {
  const call = async <T>(op: DiskOp, path: string, work: (image: DiskImage) => T, to?: string): Promise<T> => {
    if (world.mostDiskMs > 0) await world.wait(life);
    for (let hop = world.hops(); hop > 0; hop--) await Promise.resolve();
    if (!life.isAlive) return never<T>();
    const told = { op, path, to };
    const code = world.before(told);
    if (!life.isAlive) return never<T>();
    if (code !== undefined) throw fault(code, op, path);
    const result = work(world.image);
    world.after(told);
    return life.isAlive ? result : never<T>();
  };
  return {
    read: async (path, bytesMax) => {
      const bytes = await call("read", path, (image) => image.read(path));
      if (bytes.length > bytesMax) throw fault("EFBIG", "read", path);
      return bytes;
    },
    write: (path, bytes) => call("write", path, (image) => image.write(path, bytes)),
    syncFile: (path) => call("syncFile", path, (image) => image.syncFile(path)),
    syncFolder: (path) => call("syncFolder", path, (image) => image.syncFolder(path)),
    rename: (from, to) => call("rename", from, (image) => image.rename(from, to), to),
    makeFolder: (path) => call("makeFolder", path, (image) => image.makeFolder(path)),
    list: (path) => call("list", path, (image) => image.list(path)),
    remove: (path) => call("remove", path, (image) => image.remove(path)),
    inspect: (path) => call("inspect", path, (image) => image.inspect(path)),
    link: (target, path) => call("link", path, (image) => image.link(target, path)),
    readLink: (path) => call("readLink", path, (image) => image.readLink(path)),
    // Nobody else is at the box.
    pathFault: async () => undefined,
    freeBytes: (path) => call("freeBytes", path, () => world.freeBytes),
  };
}

/** Calls that change the disk, or what a power cut leaves of it. */
export function changes({ op, path }: DiskCall): boolean {
  if (path.startsWith(`${MEMORY_FOLDER}/`)) return false;
  return op !== "read" && op !== "list" && op !== "inspect" && op !== "readLink" && op !== "freeBytes";
}
