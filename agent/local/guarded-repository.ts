import { join } from "node:path";
import type { Disk } from "../../core/index.ts";
import type { LogLine } from "../log-line.ts";
import type { Repository } from "../source/git-source.ts";
import { openCacheFolder } from "../store/cache-folder.ts";
import { UnsafePath } from "./unsafe-path.ts";

/**
 * git obeys the configuration that it finds in its cache, so nobody else may have put one there, or could put one there between this look and
 * git's own. A cache that is not the agent's alone fails the poll and not the start: what runs at the site is still looked after.
 */
export function guardedRepository(repository: Repository, cacheFolder: string, disk: Disk, log: (line: LogLine) => void): Repository {
  let isSearched = false;
  return {
    ...repository,
    fetch: async (signal, withNote) => {
      const because = await openCacheFolder(cacheFolder, disk);
      if (because !== undefined) throw new UnsafePath(`${because}, so nothing is fetched into ${cacheFolder}`);
      // From here on nobody else can add anything, so one search is enough for this process.
      if (!isSearched && (await holdsForeign(cacheFolder, disk))) {
        log({
          level: "warn",
          event: "fetch",
          reason: "unsafe-path",
          detail: `${cacheFolder} held what is not the agent's, and was emptied`,
        });
        for (const { name } of await disk.list(cacheFolder)) await disk.remove(join(cacheFolder, name));
      }
      isSearched = true;
      return repository.fetch(signal, withNote);
    },
  };
}

/** The cache holds folders, files, and links to the programs that git may start, which whoever opens it compares. Another user's link is foreign. */
async function holdsForeign(folder: string, disk: Disk): Promise<boolean> {
  for (const { name, kind, isForeign } of await disk.list(folder)) {
    if (isForeign === true || kind === "other") return true;
    if (kind === "folder" && (await holdsForeign(join(folder, name), disk))) return true;
  }
  return false;
}
