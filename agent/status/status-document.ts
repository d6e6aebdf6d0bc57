import type { Reason } from "../../core/index.ts";
import type { FailedTree, Journal, JournalSlot } from "../../wire/index.ts";
import type { LiveStatus } from "./live-status.ts";

/** What `agent status` knows: the journal is true after any crash, `live` only while the agent works. Times in seconds since 1970. */
export interface StatusDocument {
  readonly fleet: string;
  readonly site: string;
  readonly isWorking: boolean;
  /** Why an agent that works did not answer; null when it did, or when none works. */
  readonly silence: string | null;
  readonly state: string;
  readonly reason: Reason;
  readonly detail: string;
  readonly running: (JournalSlot & { readonly since: number | null }) | null;
  readonly candidate: JournalSlot | null;
  readonly previous: JournalSlot | null;
  readonly paused: Journal["paused"];
  /** When an interrupted release may be tried again. */
  readonly retryAt: number | null;
  readonly failed: readonly FailedTree[];
  readonly trust: number | null;
  /** Why the journal cannot be read; null when it can, and for a box that has none yet. */
  readonly journalFault: string | null;
  readonly live: LiveStatus | null;
}
