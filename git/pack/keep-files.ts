import { readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** The first words of our `.keep` files, by which one that a killed run left is found. */
export const KEEP_WORDS = "skerry writes refs to this pack";

/**
 * Removes the keep files of a run that was killed between pack and refs. Only under the repository's lock: then no run is
 * under way. The objects are found again by the next run, or pruned by `git gc`.
 */
export function removeDeadKeepFiles(gitFolder: string): void {
  const packs = join(gitFolder, "objects", "pack");
  const names = readdirSync(packs).filter((name) => name.endsWith(".keep"));
  for (const path of names.map((name) => join(packs, name))) {
    try {
      if (readFileSync(path, "utf8").startsWith(KEEP_WORDS)) unlinkSync(path);
    } catch (error) {
      // A fetch by somebody else has just ended, and its keep file with it.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}
