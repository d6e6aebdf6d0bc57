import { constants } from "node:fs";
import { dirname } from "node:path";
import type { Disk } from "../../core/index.ts";

/** Memory is empty after a boot. Idle polls create nothing. Returns why the folder must not be used. */
export async function openCacheFolder(folder: string, disk: Disk): Promise<string | undefined> {
  if ((await disk.inspect(folder)) === undefined) {
    await disk.makeFolder(dirname(folder));
    await disk.makeFolder(folder, constants.S_IRWXU);
  }
  return cacheFolderFault(folder, disk);
}

/** Why the cache folder must not be used; undefined when it may be, and when there is none yet. A link may lead to a folder of somebody else's. */
export async function cacheFolderFault(folder: string, disk: Disk): Promise<string | undefined> {
  const entry = await disk.inspect(folder);
  if (entry === undefined) return undefined;
  if (entry.kind !== "folder") return `${folder} is ${entry.kind === "link" ? "a symbolic link" : "no folder"}`;
  return disk.pathFault(folder);
}
