import { readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** The beginning of Skerry's `.keep` files, by which files of killed runs are found. */
export const KEEP_WORDS = "skerry writes refs to this pack";

/**
 * Removes the keep files of a run that was killed between pack and refs. Call it only with the repository's lock, when no other run is active.
 * The next run finds the objects again, or `git gc` prunes them.
 */
export function removeDeadKeepFiles(gitFolder: string): void {
  const packs = join(gitFolder, "objects", "pack");
  const names = readdirSync(packs).filter((name) => name.endsWith(".keep"));
  for (const path of names.map((name) => join(packs, name))) {
    try {
      if (readFileSync(path, "utf8").startsWith(KEEP_WORDS)) unlinkSync(path);
    } catch (error) {
      // Another fetch has just ended and removed its keep file.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}
