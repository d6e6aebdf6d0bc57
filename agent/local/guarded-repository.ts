import { join } from "node:path";
import type { Disk } from "../../core/index.ts";
import type { LogLine } from "../log-line.ts";
import type { Repository } from "../source/git-source.ts";
import { openCacheFolder } from "../store/cache-folder.ts";
import { UnsafePath } from "./unsafe-path.ts";

/**
 * git obeys the configuration in its cache, so no other user may have put one there, or be able to do so after this check. An unsafe cache
 * fails the poll and not the start: drift of the running release is still repaired.
 */
export function guardedRepository(repository: Repository, cacheFolder: string, disk: Disk, log: (line: LogLine) => void): Repository {
  let isSearched = false;
  return {
    ...repository,
    fetch: async (signal, withNote) => {
      const because = await openCacheFolder(cacheFolder, disk);
      if (because !== undefined) throw new UnsafePath(`${because}, so nothing is fetched into ${cacheFolder}`);
      // From here on no other user can add anything, so one search is enough for this process.
      if (!isSearched && (await holdsForeign(cacheFolder, disk))) {
        log({
          level: "warn",
          event: "fetch",
          reason: "unsafe-path",
          detail: `${cacheFolder} held files of another user and was emptied`,
        });
        for (const { name } of await disk.list(cacheFolder)) await disk.remove(join(cacheFolder, name));
      }
      isSearched = true;
      return repository.fetch(signal, withNote);
    },
  };
}

/** The cache holds folders, files, and links to the programs that git may start; the cache's own code checks their targets. Another user's link is foreign. */
async function holdsForeign(folder: string, disk: Disk): Promise<boolean> {
  for (const { name, kind, isForeign } of await disk.list(folder)) {
    if (isForeign === true || kind === "other") return true;
    if (kind === "folder" && (await holdsForeign(join(folder, name), disk))) return true;
  }
  return false;
}
