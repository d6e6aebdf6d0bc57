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

/** All events. Those that end an effect are below a comment with the effect's name. */
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
  // fetch, walk-trust, judge, stage, restamp: a fault of network or disk, without a verdict on the release
  | { readonly type: "poll-failed"; readonly reason: Reason; readonly detail: string }
  // walk-trust
  | TrustWalked
  // walk-trust, judge: the cache could not be read and was deleted
  | { readonly type: "cache-lost"; readonly detail: string }
  // judge
  | { readonly type: "accepted"; readonly verified: VerifiedRelease }
  | { readonly type: "refused"; readonly refusal: Refusal }
  // stage, restamp
  | { readonly type: "staged"; readonly slot: JournalSlot; readonly facts: SlotFacts; readonly verified: VerifiedRelease }
  | { readonly type: "restamped"; readonly verified: VerifiedRelease }
  // pull
  // `impaired`: why going back is not certain to work; null when it is certain
  | { readonly type: "pulled"; readonly impaired: string | null }
  | PullFailed
  // recheck; and pull, when the slot cannot be read
  | { readonly type: "candidate-stands" }
  | { readonly type: "candidate-fell"; readonly refusal: Refusal }
  // dry-run
  | { readonly type: "dry-run-passed" }
  | { readonly type: "dry-run-failed"; readonly reason: Reason; readonly detail: string }
  // check-health
  | { readonly type: "health-checked"; readonly round: number; readonly answers: readonly HealthAnswer[] }
  // apply, finalize
  | { readonly type: "applied" }
  | { readonly type: "apply-failed"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "finalized"; readonly impaired: string | null }
  // fall-back
  | { readonly type: "fell-back" }
  | { readonly type: "fall-back-failed"; readonly reason: Reason; readonly detail: string; readonly slotIsVoid: boolean }
  // prune, erase
  | { readonly type: "pruned"; readonly gone: readonly string[]; readonly blocked: Blocked }
  | { readonly type: "prune-failed"; readonly reason: Reason; readonly detail: string }
  // report: it could not be written
  | { readonly type: "report-lost" }
  // reconcile
  // `changed`: some of the repaired differences, by object id or by path at the target
  | { readonly type: "reconciled"; readonly repaired: number; readonly changed?: readonly string[]; readonly facts: SlotFacts | null }
  | { readonly type: "reconcile-failed"; readonly reason: Reason; readonly detail: string; readonly slotIsVoid: boolean };

/** Journal and slots were read; the phase is the journal's. */
export interface Started {
  readonly type: "started";
  readonly boot: string;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
  readonly previous: SlotFacts | null;
  /** The last report. */
  readonly reported: ReportBody | null;
  /** A person is waiting: nothing is postponed. */
  readonly now: boolean;
}

export interface TrustWalked {
  readonly type: "trust-walked";
  readonly version: number;
  readonly sha256: string;
  /** The seq that a new version sets for this site, if one does. */
  readonly reset: number | null;
  /** Why the walk stopped; versions before that are accepted. */
  readonly broken: Refusal | null;
  /** Why the new version no longer accepts the candidate. */
  readonly fallen: Refusal | null;
  /** The freshness note, when one was fetched. */
  readonly note: Verdict<SiteNote> | null;
}

export interface PullFailed {
  readonly type: "pull-failed";
  readonly reason: Reason;
  readonly detail: string;
  /** The registry answered that it has no such image: a verdict on the release. */
  readonly isNotFound: boolean;
}

type Blocked = readonly { readonly id: string; readonly detail: string }[];

export type EventType = Event["type"];
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

/**
 * Work for the runner, as data. Each effect ends in exactly one event, except `report`, which ends in one only when it is lost, and `end-poll`,
 * which aborts a running fetch or pull. The journal of the same step is durable before the first of them starts.
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
  // `withFacts`: the slot could not be read before, so its facts are needed too
  | ({ readonly do: "reconcile"; readonly withFacts: boolean } & TargetSpec)
  | ({ readonly do: "fall-back" } & TargetSpec)
  | { readonly do: "report"; readonly body: ReportBody; readonly counter: number };

/** The desired content of the target: a slot's tree, and retained objects whose bytes are in the other slot or at the target. */
export interface TargetSpec {
  readonly slot: JournalSlot;
  readonly keep: readonly string[];
  readonly other: JournalSlot | null;
}
