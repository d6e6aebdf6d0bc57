import type { Clock } from "../../core/index.ts";
import type { LostRef, RefUpdate } from "../refs/ref-transaction.ts";

/** A fleet repository: a bare one on this machine, or a remote one with a mirror on this machine. */
export interface Repository {
  /** The folder with its objects on this machine. */
  readonly folder: string;
  /** Set for a remote repository. */
  readonly url: string | undefined;
  /** For a remote: as of the opening, or of the last lost move. */
  refs(): Map<string, string>;
  /**
   * Moves refs with their expected values, and returns those with other values. All or none; at a remote in batches, where batches before a
   * lost one stay moved. Objects must be durable in `folder`.
   */
  moveRefs(updates: readonly RefUpdate[]): Promise<readonly LostRef[]>;
  close(): void;
}

export interface RepositoryOptions {
  /** A folder, or any URL that git accepts. */
  readonly location: string;
  /** Folder of the mirror of a remote; created when it is missing. */
  readonly mirror: string;
  /**
   * `create`: write, and create a missing local repository. `read` takes no lock, unless a mirror has to be fetched. `preview`: read what
   * `create` would write to; a missing local repository is an empty one then, and no folder is created.
   */
  readonly access: "read" | "write" | "create" | "preview";
  /** @default the system's */
  readonly clock?: Clock;
}
