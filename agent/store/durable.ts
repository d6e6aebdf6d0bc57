import { dirname, join } from "node:path";
import type { Disk, DiskEntry, Read } from "../../core/index.ts";

/**
 * Replaces a file so that after a power cut the old or the new one is there, never half of one: whole bytes to a temporary name, flushed,
 * renamed, and the folder that holds the name flushed too (R1). The temporary name is always the same, so a crash leaves at most one.
 */
export async function writeDurably(disk: Disk, path: string, bytes: Uint8Array, mode?: number): Promise<void> {
  const temporary = `${path}.new`;
  await disk.write(temporary, bytes, mode);
  await disk.syncFile(temporary);
  await disk.rename(temporary, path);
  await disk.syncFolder(dirname(path));
}

/**
 * Makes a folder whose own name stays after a power cut: whatever is flushed below it is gone when its name is. Where the parent may not be
 * opened, whoever made the folder answers for its name; on a disk that takes no writes any more the agent still has to start, and to heal.
 */
export async function makeDurableFolder(disk: Disk, path: string): Promise<void> {
  // A disk that became read-only has it, and may not be asked to make it.
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

/** What is too large, or is no regular file at all, is damaged like a file of wrong bytes: it is not read, and what follows writes it anew. */
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

/** The same where a damaged file and a missing one come to the same. */
export async function tryBytes(disk: Disk, path: string, bytesMax: number): Promise<Buffer | undefined> {
  const read = await tryReadWhole(disk, path, bytesMax);
  return read === undefined || "fault" in read ? undefined : read.value;
}

/** Empty when the folder is not there. */
export async function tryList(disk: Disk, path: string): Promise<readonly DiskEntry[]> {
  try {
    return await disk.list(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

const PARALLEL = 16;

/** Writes and flushes files below `folder`, then each folder: a file is there after a power cut only when its name is. */
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

/** Flushes what is there already: bytes that can be read need not be bytes that a power cut leaves. */
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

/** A bounded number at once: a tree may have more files than a process may open. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
}
