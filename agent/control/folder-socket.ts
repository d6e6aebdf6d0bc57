import { type FileHandle, open } from "node:fs/promises";

/** The socket's name in the state folder. */
export const SOCKET = "control";

/** A folder held open, and a short name for what lies in it. */
export interface HeldFolder {
  /** Of 107 bytes at most, however deep the folder lies. */
  path(name: string): string;
  close(): Promise<void>;
}

/**
 * The address of a Unix socket holds 107 bytes and a state folder's path may hold 4,096. The kernel follows `/proc/self/fd/<n>` to the
 * folder itself, which needs no `chdir`: that would move every relative path of the process.
 */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  const handle: FileHandle = await open(folder, "r");
  return { path: (name) => `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}
