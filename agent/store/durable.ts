import { dirname, join } from "node:path";
import type { Disk, DiskEntry, Read } from "../../core/index.ts";

/**
 * Replaces a file so that after a power cut the old or the new one exists, never a part: all bytes to a temporary file, flush, rename, and
 * flush of the folder (R1). The temporary name is always the same, so a crash leaves at most one.
 */
export async function writeDurably(disk: Disk, path: string, bytes: Uint8Array, mode?: number): Promise<void> {
  const temporary = `${path}.new`;
  await disk.write(temporary, bytes, mode);
  await disk.syncFile(temporary);
  await disk.rename(temporary, path);
  await disk.syncFolder(dirname(path));
}

/**
 * Creates a folder whose name survives a power cut; otherwise everything flushed below it would be lost with the name. A parent that cannot be
 * flushed is accepted: its owner created the folder, or the disk is read-only, and the agent must still start.
 */
export async function makeDurableFolder(disk: Disk, path: string): Promise<void> {
  // On a disk that became read-only the folder exists, and creating it would fail.
  if ((await disk.inspect(path)) === undefined) await disk.makeFolder(path);
  try {
    await disk.syncFolder(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw error;
  }
}

export async function tryRead(disk: Disk, path: string, bytesMax: number): Promise<Buffer | undefined> {
  try {
    return await disk.read(path, bytesMax);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A file that is too large, or not a regular file, counts as damaged: it is not read, and the caller writes it again. */
export async function tryReadWhole(disk: Disk, path: string, bytesMax: number): Promise<Read<Buffer> | undefined> {
  try {
    const bytes = await tryRead(disk, path, bytesMax);
    return bytes && { value: bytes };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "EFBIG" && code !== "EINVAL" && code !== "EISDIR" && code !== "ELOOP") throw error;
    return { fault: `is not a file of at most ${bytesMax} bytes (${message})` };
  }
}

/** The same, for callers that treat a damaged file like a missing one. */
export async function tryBytes(disk: Disk, path: string, bytesMax: number): Promise<Buffer | undefined> {
  const read = await tryReadWhole(disk, path, bytesMax);
  return read === undefined || "fault" in read ? undefined : read.value;
}

/** Empty when the folder does not exist. */
export async function tryList(disk: Disk, path: string): Promise<readonly DiskEntry[]> {
  try {
    return await disk.list(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

const PARALLEL = 16;

/** Writes and flushes files below `folder`, then flushes each folder, because a file survives a power cut only with its name. */
export async function writeFolder(
  disk: Disk,
  folder: string,
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const folders = foldersOf(folder, files);
  for (const path of folders) await disk.makeFolder(path);
  await inParallel(files, ({ path, bytes }) => disk.write(join(folder, path), bytes));
  await flushFolder(disk, folder, files);
}

/** Flushes existing files: bytes that can be read need not survive a power cut. */
export async function flushFolder(disk: Disk, folder: string, files: readonly { readonly path: string }[]): Promise<void> {
  await inParallel(files, ({ path }) => disk.syncFile(join(folder, path)));
  await inParallel(foldersOf(folder, files), (path) => disk.syncFolder(path));
}

/** Parents before children. */
function foldersOf(folder: string, files: readonly { readonly path: string }[]): string[] {
  const folders = new Set([folder]);
  for (const { path } of files) {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) folders.add(join(folder, path.slice(0, end)));
  }
  return [...folders].sort();
}

/** A bounded number at once, because a tree may have more files than a process may open. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
}
