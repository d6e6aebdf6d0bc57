import type { AgentState } from "../../wire/index.ts";
import type { Action, Guard } from "./action.ts";
import { begin, countUnsure, heal, healed, healFailed } from "./care-actions.ts";
import type { Event, EventOf, EventType } from "./event.ts";
import {
  isFirstFailure,
  isNoNews,
  isPolling,
  isRefusedAlready,
  nothingMoved,
  runsThatTree,
  siteRefIsMissing,
  startsAreLeft,
  trustIsBroken,
} from "./guards.ts";
import {
  cacheLost,
  failPoll,
  fetch,
  judge,
  noNews,
  nothingNew,
  pollAgain,
  pollSoon,
  refetch,
  refMissing,
  refuse,
  refusedBefore,
  trustBroken,
  walkTrust,
} from "./poll-actions.ts";
import * as release from "./release-actions.ts";

/** Where a row starts: a state, or RESTING (PROVISIONING and IDLE), or ANY. */
export type From = AgentState | "RESTING" | "ANY";
/** Where it leads: a state, or REST (IDLE, before the first COMMIT PROVISIONING), or SAME. */
export type To = AgentState | "REST" | "SAME";

export interface Row {
  readonly from: From;
  readonly on: EventType;
  readonly when: Guard | undefined;
  readonly to: To;
  readonly actions: readonly Action[];
}

const always = undefined;

/**
 * Every transition there is; the first row that fits is taken, and none that fits is a bug. A start finds the state that the journal
 * holds, so the rows of `started` are the whole recovery. The journal holds DURABLE states only: the work of the others is done again.
 */
// biome-ignore format: read it in columns
export const TABLE: readonly Row[] = [
  //  from            event               if                 to              then
  row("PROVISIONING", "started",          always,            "PROVISIONING", begin),
  row("IDLE",         "started",          always,            "IDLE",         begin),
  row("APPLY",        "started",          startsAreLeft,     "APPLY",        begin, release.apply),
  row("APPLY",        "started",          always,            "REST",         begin, release.stopTrying),
  row("COMMIT",       "started",          always,            "COMMIT",       begin, release.settle),
  row("PRUNE",        "started",          always,            "PRUNE",        begin, release.prune),

  row("ANY",          "poll-asked",       isPolling,         "SAME",         pollAgain),
  row("ANY",          "poll-asked",       always,            "SAME",         pollSoon),
  row("RESTING",      "poll-due",         always,            "FETCH",        fetch),
  row("FETCH",        "poll-failed",      always,            "REST",         failPoll),
  row("FETCH",        "fetched",          nothingMoved,      "REST",         nothingNew),
  row("FETCH",        "fetched",          always,            "VERIFY",       walkTrust),
  row("VERIFY",       "poll-failed",      always,            "REST",         failPoll),
  row("VERIFY",       "cache-lost",       isFirstFailure,    "FETCH",        refetch),
  row("VERIFY",       "cache-lost",       always,            "REST",         cacheLost),
  row("VERIFY",       "trust-walked",     trustIsBroken,     "REST",         trustBroken),
  row("VERIFY",       "trust-walked",     siteRefIsMissing,  "REST",         refMissing),
  row("VERIFY",       "trust-walked",     isNoNews,          "REST",         noNews),
  row("VERIFY",       "trust-walked",     isRefusedAlready,  "REST",         refusedBefore),
  row("VERIFY",       "trust-walked",     always,            "VERIFY",       judge),
  row("VERIFY",       "refused",          always,            "REST",         refuse),
  row("VERIFY",       "accepted",         runsThatTree,      "STAGE",        release.restamp),
  row("VERIFY",       "accepted",         always,            "STAGE",        release.stage),
  row("STAGE",        "restamped",        always,            "REST",         release.adoptSeq),
  row("STAGE",        "staged",           always,            "REST",         release.holdCandidate),
  row("STAGE",        "poll-failed",      always,            "REST",         failPoll),

  row("RESTING",      "apply-due",        always,            "VERIFY",       release.recheck),
  row("VERIFY",       "candidate-fell",   always,            "REST",         release.dropCandidate),
  row("VERIFY",       "candidate-stands", always,            "APPLY",        release.apply),
  row("APPLY",        "apply-failed",     always,            "REST",         release.interrupted),
  row("APPLY",        "applied",          always,            "COMMIT",       release.commit),
  row("COMMIT",       "settled",          always,            "PRUNE",        release.prune),
  row("PRUNE",        "pruned",           always,            "REST",         release.nothing),
  row("PRUNE",        "prune-failed",     always,            "REST",         release.pruneBlocked),

  row("IDLE",         "drift-due",        always,            "IDLE",         heal),
  row("FETCH",        "drift-due",        always,            "FETCH",        heal),
  row("ANY",          "healed",           always,            "SAME",         healed),
  row("ANY",          "heal-failed",      always,            "SAME",         healFailed),
  row("RESTING",      "unsure-due",       always,            "SAME",         countUnsure),
];

/** States that a journal may hold. A power cut in any other finds the agent where it rested before. */
export const DURABLE: readonly AgentState[] = ["PROVISIONING", "IDLE", "APPLY", "COMMIT", "PRUNE"];

function row<T extends EventType>(
  from: From,
  on: T,
  when: Guard<EventOf<T>> | undefined,
  to: To,
  ...actions: readonly Action<EventOf<T>>[]
): Row {
  // `on` is compared before guard and actions are called, so each sees only the event it was written for.
  return { from, on, when: when as Guard<Event> | undefined, to, actions: actions as readonly Action<Event>[] };
}
