import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the names in a folder durable: syncing a file says nothing of the name that a rename just gave it. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
