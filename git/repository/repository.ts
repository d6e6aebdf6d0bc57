import type { Clock } from "../../core/index.ts";
import type { LostRef, RefUpdate } from "../refs/ref-transaction.ts";

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
  /**
   * `create`: write, and make a local repository that is missing. `read` takes no lock, unless a mirror has to be fetched. `preview`: read
   * what `create` would write to; a local repository that `create` would make is an empty one then, and no folder is made.
   */
  readonly access: "read" | "write" | "create" | "preview";
  /** @default the system's */
  readonly clock?: Clock;
}
