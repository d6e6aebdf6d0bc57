import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the names in a folder durable: syncing a file does not make its new name after a rename durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
