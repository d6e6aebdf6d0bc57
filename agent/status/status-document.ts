import type { Reason } from "../../core/index.ts";
import type { FailedTree, Journal, JournalSlot } from "../../wire/index.ts";
import type { LastPoll } from "../store/last-poll.ts";
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
  /** The newest change of journal, report, lock and last poll: until then at least an agent ran. null while one works, and on a new box. */
  readonly lastSign: number | null;
  /** How the last poll ended, as the agent that ended left it; null while an agent answers, after a boot, and before the first poll. */
  readonly lastPoll: Omit<LastPoll, "format" | "record"> | null;
  /** Why the journal cannot be read; null when it can, and for a box that has none yet. */
  readonly journalFault: string | null;
  readonly live: LiveStatus | null;
}
