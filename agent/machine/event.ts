import type { Reason } from "../../core/index.ts";
import type { FetchedTips } from "../../git/index.ts";
import type { Journal, JournalSlot } from "../../wire/index.ts";
import type { VerifiedRelease } from "../verify/verified-release.ts";
import type { Refusal } from "../../trust/index.ts";
import type { Verdict } from "../verify/verdict.ts";
import type { SiteNote } from "../verify/freshness.ts";
import type { ReportBody } from "./memory.ts";
import type { SlotFacts, UnitProbe } from "./slot-facts.ts";
import type { HealthAnswer } from "./watch.ts";

/** What can happen. Those that end an effect stand below the effect's name in `Effect`. */
export type Event =
  | Started
  // timers
  | { readonly type: "poll-due" }
  | { readonly type: "apply-due" }
  | { readonly type: "drift-due" }
  | { readonly type: "unsure-due" }
  | { readonly type: "pull-due" }
  | { readonly type: "health-check-due" }
  | { readonly type: "prune-due" }
  | { readonly type: "report-due" }
  | { readonly type: "fallback-due" }
  | { readonly type: "pause-over" }
  // people
  | { readonly type: "poll-asked" }
  | { readonly type: "pause-asked"; readonly seconds: number; readonly why: string }
  | { readonly type: "resume-asked" }
  | { readonly type: "retry-asked" }
  | { readonly type: "fallback-asked" }
  | { readonly type: "stop-asked" }
  // fetch
  | { readonly type: "fetched"; readonly tips: FetchedTips }
  // fetch, walk-trust, judge, stage, restamp: the world stood in the way, and nothing is said of the release
  | { readonly type: "poll-failed"; readonly reason: Reason; readonly detail: string }
  // walk-trust
  | TrustWalked
  // walk-trust, judge: the cache could not be read and was thrown away
  | { readonly type: "cache-lost"; readonly detail: string }
  // judge
  | { readonly type: "accepted"; readonly verified: VerifiedRelease }
  | { readonly type: "refused"; readonly refusal: Refusal }
  // stage, restamp
  | { readonly type: "staged"; readonly slot: JournalSlot; readonly facts: SlotFacts; readonly verified: VerifiedRelease }
  | { readonly type: "restamped"; readonly verified: VerifiedRelease }
  // pull
  // `impaired`: why going back is not certain to work; null when it is
  | { readonly type: "pulled"; readonly impaired: string | null }
  | PullFailed
  // recheck; and pull, when the slot cannot be read
  | { readonly type: "candidate-stands" }
  | { readonly type: "candidate-fell"; readonly refusal: Refusal }
  // dry-run
  | { readonly type: "dry-run-passed" }
  | { readonly type: "dry-run-failed"; readonly reason: Reason; readonly detail: string }
  // look
  | { readonly type: "health-checked"; readonly round: number; readonly answers: readonly HealthAnswer[] }
  // apply, settle
  | { readonly type: "applied" }
  | { readonly type: "apply-failed"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "finalized"; readonly impaired: string | null }
  // fall-back
  | { readonly type: "fell-back" }
  | { readonly type: "fall-back-failed"; readonly reason: Reason; readonly detail: string; readonly slotIsVoid: boolean }
  // prune, erase
  | { readonly type: "pruned"; readonly gone: readonly string[]; readonly blocked: Blocked }
  | { readonly type: "prune-failed"; readonly reason: Reason; readonly detail: string }
  // report: the disk refused it
  | { readonly type: "report-lost" }
  // heal
  // `changed`: some of what was put back, by object id or by path at the target
  | { readonly type: "reconciled"; readonly repaired: number; readonly changed?: readonly string[]; readonly facts: SlotFacts | null }
  | { readonly type: "reconcile-failed"; readonly reason: Reason; readonly detail: string; readonly slotIsVoid: boolean };

/** The journal was read and the slots were looked at; the phase is the journal's. */
export interface Started {
  readonly type: "started";
  readonly boot: string;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
  readonly previous: SlotFacts | null;
  /** What the last report said. */
  readonly reported: ReportBody | null;
  /** A person waits for it: nothing is put off. */
  readonly now: boolean;
}

export interface TrustWalked {
  readonly type: "trust-walked";
  readonly version: number;
  readonly sha256: string;
  /** The seq that a new version sets for this site, if one does. */
  readonly reset: number | null;
  /** The walk stopped here; what was walked before stands. */
  readonly broken: Refusal | null;
  /** The candidate does not pass by the new version. */
  readonly fallen: Refusal | null;
  /** What the freshness note says, when one came. */
  readonly note: Verdict<SiteNote> | null;
}

export interface PullFailed {
  readonly type: "pull-failed";
  readonly reason: Reason;
  readonly detail: string;
  /** The registry says that there is no such image: a verdict on the release. */
  readonly isNotFound: boolean;
}

type Blocked = readonly { readonly id: string; readonly detail: string }[];

export type EventType = Event["type"];
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

/**
 * What the runner shall do, as data. Each ends in exactly one event, but `report`, which ends in one only when it is lost,
 * and `end-poll`, which makes a fetch or pull that is under way end early.
 * The journal as it stands in the same step is durable before the first of them starts.
 */
export type Effect =
  | { readonly do: "fetch"; readonly withNote: boolean }
  | { readonly do: "end-poll" }
  | {
      readonly do: "walk-trust";
      readonly tip: string;
      readonly candidate: JournalSlot | null;
      readonly note: string | null;
      readonly since: number;
    }
  | { readonly do: "judge"; readonly commit: string; readonly trust: string; readonly seen: Journal["seen"]; readonly runs: string | null }
  | { readonly do: "stage"; readonly verified: VerifiedRelease; readonly slot: "a" | "b" }
  | { readonly do: "restamp"; readonly verified: VerifiedRelease; readonly slot: JournalSlot }
  | { readonly do: "pull"; readonly slot: JournalSlot; readonly current: JournalSlot | null }
  | { readonly do: "recheck"; readonly slot: JournalSlot }
  | { readonly do: "dry-run"; readonly slot: JournalSlot }
  | { readonly do: "check-health"; readonly round: number; readonly probes: readonly UnitProbe[] }
  | ({ readonly do: "apply"; readonly isFirst: boolean } & TargetSpec)
  | { readonly do: "finalize"; readonly slot: JournalSlot; readonly previous: JournalSlot | null }
  | ({ readonly do: "prune"; readonly gone: readonly string[] } & TargetSpec)
  | ({ readonly do: "erase"; readonly gone: readonly string[] } & TargetSpec)
  // `withFacts`: the slot could not be read before, so its facts are wanted too
  | ({ readonly do: "reconcile"; readonly withFacts: boolean } & TargetSpec)
  | ({ readonly do: "fall-back" } & TargetSpec)
  | { readonly do: "report"; readonly body: ReportBody; readonly counter: number };

/** What the target is to hold: a slot's tree, and objects beside it whose bytes are in the other slot or with the target. */
export interface TargetSpec {
  readonly slot: JournalSlot;
  readonly keep: readonly string[];
  readonly other: JournalSlot | null;
}
