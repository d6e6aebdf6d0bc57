import type { Clock, Read } from "../core/index.ts";
import { openLocal } from "./local-repository.ts";
import type { LostRef, RefUpdate } from "./ref-transaction.ts";
import { openRemote } from "./remote-repository.ts";

/** A fleet repository: a bare one on this machine, or one somewhere else with a mirror on this machine. */
export interface Repository {
  /** Where its objects are on this machine. */
  readonly folder: string;
  /** Set when refs live somewhere else. */
  readonly url: string | undefined;
  /** Of a remote: as it was when it was opened, or when a move was lost. */
  refs(): Map<string, string>;
  /**
   * Moves refs that hold what they must, and returns those that held something else. All or none; but at a remote in
   * batches: then the batches before the lost one stay moved. Objects must be durable in `folder`.
   */
  moveRefs(updates: readonly RefUpdate[]): Promise<readonly LostRef[]>;
  close(): void;
}

export interface RepositoryOptions {
  /** A folder, or anything that git takes for a URL. */
  readonly location: string;
  /** Where the mirror of a remote lies; made when it is missing. */
  readonly mirror: string;
  /** `create`: write, and make a local repository that is missing. `read` takes no lock, unless a mirror has to be fetched. */
  readonly access: "read" | "write" | "create";
  /** @default the system's */
  readonly clock?: Clock;
}

/** A URL, or `host:path` as scp takes it. A single letter before the colon would be a drive. */
export function isRemote(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(location) || /^[^/\\:]{2,}:/.test(location);
}

/** Opens a repository; a writer holds its lock until `close`. The fault is a sentence about the location. */
export async function openRepository(options: RepositoryOptions): Promise<Read<Repository>> {
  return isRemote(options.location) ? openRemote(options) : openLocal(options);
}
