import { constants, type Stats } from "node:fs";
import { access, lstat, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** As many links in a row as the kernel follows. */
const LINKS_MAX = 40;

/**
 * Why somebody besides root and this user could put something else at `path`; undefined when nobody can. Every folder on the way counts,
 * links and where they lead included, because who may rename a folder decides what lies below it. What is not there yet is judged by what is.
 */
export async function tryPathFault(path: string): Promise<string | undefined> {
  const left = path.split("/").filter(isName);
  let folder = "/";
  let links = 0;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === "..") {
      folder = dirname(folder);
      continue;
    }
    const place = join(folder, name);
    const stats = await tryStats(place);
    if (stats === undefined) return undefined;
    const fault = await faultOf(place, stats, left.length > 0);
    if (fault !== undefined) return fault;
    if (!stats.isSymbolicLink()) {
      folder = place;
      continue;
    }
    if (++links > LINKS_MAX) return `${place} leads through more than ${LINKS_MAX} links`;
    const target = await readlink(place);
    left.unshift(...target.split("/").filter(isName));
    if (target.startsWith("/")) folder = "/";
  }
  return undefined;
}

function isName(part: string): boolean {
  return part !== "" && part !== ".";
}

async function tryStats(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** A folder with the sticky bit lets everybody add names and nobody take away those of others: that will do on the way, and not at its end. */
async function faultOf(path: string, stats: Stats, isOnTheWay: boolean): Promise<string | undefined> {
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) return `${path} belongs to user ${stats.uid}`;
  if (stats.isSymbolicLink()) return undefined;
  const isSticky = stats.isDirectory() && (stats.mode & 0o1000) !== 0;
  if (isOnTheWay && isSticky) return undefined;
  const who = writers(stats);
  return who === undefined || (await isReadOnly(path)) ? undefined : `${path} can be written by ${who}`;
}

/** A group that this process belongs to was given to it by whoever runs it; another one is somebody else's. */
function writers({ mode, gid }: Stats): string | undefined {
  if ((mode & 0o002) !== 0) return "everybody";
  const isOwnGroup = gid === 0 || gid === process.getegid?.() || process.getgroups?.().includes(gid) === true;
  return (mode & 0o020) !== 0 && !isOwnGroup ? `group ${gid}` : undefined;
}

/** As the volumes of a ConfigMap are: open to everybody by their mode, and to nobody in fact. */
async function isReadOnly(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EROFS";
  }
}
