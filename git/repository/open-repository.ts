import type { Read } from "../../core/index.ts";
import { openLocal } from "./local-repository.ts";
import { openRemote } from "./remote-repository.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";

/** A URL, or `host:path` as scp takes it. A single letter before the colon would be a drive. */
export function isRemote(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) || /^[^/\\:]{2,}:/.test(location);
}

/** Opens a repository; a writer holds its lock until `close`. The fault is a sentence about the location. */
export async function openRepository(options: RepositoryOptions): Promise<Read<Repository>> {
  return isRemote(options.location) ? openRemote(options) : openLocal(options);
}
