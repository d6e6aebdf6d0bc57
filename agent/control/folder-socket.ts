import { type FileHandle, open } from "node:fs/promises";

/** The socket's name in the state folder. */
export const SOCKET = "control";

/** An open folder, with short paths to its entries. */
export interface HeldFolder {
  /** At most 107 bytes long, however long the folder's path is. */
  path(name: string): string;
  close(): Promise<void>;
}

/**
 * The address of a Unix socket has at most 107 bytes, a folder's path up to 4,096. The kernel resolves `/proc/self/fd/<n>` to the folder
 * itself. A `chdir` would change every relative path of the process.
 */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  const handle: FileHandle = await open(folder, "r");
  return { path: (name) => `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}
