import type { Reason } from "../../core/index.ts";
import type { FetchedTips } from "../../git/index.ts";
import type { Journal, JournalSlot } from "../../wire/index.ts";
import type { Order } from "../order.ts";
import type { Refusal } from "../../trust/index.ts";
import type { ReportBody, SlotFacts } from "./state.ts";

/** What can happen. Those that end an effect stand below the effect's name in `Effect`. */
export type Event =
  | Started
  // timers
  | { readonly type: "poll-due" }
  | { readonly type: "apply-due" }
  | { readonly type: "drift-due" }
  | { readonly type: "unsure-due" }
  // people
  | { readonly type: "poll-asked" }
  // fetch
  | { readonly type: "fetched"; readonly tips: FetchedTips }
  // fetch, walk-trust, judge, stage, restamp: the world stood in the way, and nothing is said of the release
  | { readonly type: "poll-failed"; readonly reason: Reason; readonly detail: string }
  // walk-trust
  | TrustWalked
  // walk-trust, judge: the cache could not be read and was thrown away
  | { readonly type: "cache-lost"; readonly detail: string }
  // judge
  | { readonly type: "accepted"; readonly order: Order }
  | { readonly type: "refused"; readonly refusal: Refusal }
  // stage, restamp
  | { readonly type: "staged"; readonly slot: JournalSlot; readonly facts: SlotFacts; readonly order: Order }
  | { readonly type: "restamped"; readonly order: Order }
  // recheck
  | { readonly type: "candidate-stands" }
  | { readonly type: "candidate-fell"; readonly refusal: Refusal }
  // apply, settle, prune
  | { readonly type: "applied" }
  | { readonly type: "apply-failed"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "settled" }
  | { readonly type: "pruned" }
  | { readonly type: "prune-failed"; readonly reason: Reason; readonly detail: string }
  // heal
  | { readonly type: "healed"; readonly repaired: number }
  | { readonly type: "heal-failed"; readonly reason: Reason; readonly detail: string; readonly slotIsVoid: boolean };

/** The journal was read and the slots were looked at; the phase is the journal's. */
export interface Started {
  readonly type: "started";
  readonly boot: string;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
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
}

export type EventType = Event["type"];
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

/**
 * What the runner shall do, as data. Each ends in exactly one event, but `report`, which ends in none: the next change writes a newer one.
 * The journal as it stands in the same step is durable before the first of them starts.
 */
export type Effect =
  | { readonly do: "fetch" }
  | { readonly do: "walk-trust"; readonly tip: string; readonly candidate: JournalSlot | null }
  | { readonly do: "judge"; readonly commit: string; readonly trust: string; readonly seen: Journal["seen"] }
  | { readonly do: "stage"; readonly order: Order; readonly slot: "a" | "b" }
  | { readonly do: "restamp"; readonly order: Order; readonly slot: JournalSlot }
  | { readonly do: "recheck"; readonly slot: JournalSlot }
  | { readonly do: "apply"; readonly slot: JournalSlot; readonly isFirst: boolean }
  | { readonly do: "settle"; readonly slot: JournalSlot }
  | { readonly do: "prune"; readonly slot: JournalSlot }
  | { readonly do: "heal"; readonly slot: JournalSlot }
  | { readonly do: "report"; readonly body: ReportBody; readonly counter: number };
