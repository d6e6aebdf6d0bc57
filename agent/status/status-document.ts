import type { Reason } from "../../core/index.ts";
import type { FailedTree, Journal, JournalSlot } from "../../wire/index.ts";
import type { LastPoll } from "../store/last-poll.ts";
import type { LiveStatus } from "./live-status.ts";

/** What `agent status` shows. The journal is valid after any crash; `live` exists only while the agent runs. Times in seconds since 1970. */
export interface StatusDocument {
  readonly fleet: string;
  readonly site: string;
  readonly isWorking: boolean;
  /** Why a running agent did not answer; null when it did, or when no agent runs. */
  readonly silence: string | null;
  readonly state: string;
  readonly reason: Reason;
  readonly detail: string;
  readonly running: (JournalSlot & { readonly since: number | null }) | null;
  readonly candidate: JournalSlot | null;
  readonly previous: JournalSlot | null;
  readonly paused: Journal["paused"];
  /** When an interrupted release may be applied again. */
  readonly retryAt: number | null;
  readonly failed: readonly FailedTree[];
  readonly trust: number | null;
  /** Latest change of journal, report, lock and last poll; an agent ran at least until then. null while an agent runs, and on a new box. */
  readonly lastSign: number | null;
  /** Result of the last poll, as the stopped agent recorded it; null while an agent answers, after a boot, and before the first poll. */
  readonly lastPoll: Omit<LastPoll, "format" | "record"> | null;
  /** Why the journal cannot be read; null when it can, and on a box without one. */
  readonly journalFault: string | null;
  readonly live: LiveStatus | null;
}
