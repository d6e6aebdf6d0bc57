import type { AgentState } from "../../wire/index.ts";
import type { Action, Guard } from "./action.ts";
import * as drift from "./drift-actions.ts";
import type { Event, EventOf, EventType } from "./event.ts";
import * as is from "./guards.ts";
import * as people from "./people-actions.ts";
import * as poll from "./poll-actions.ts";
import * as release from "./release-actions.ts";
import * as trial from "./trial-actions.ts";

/** Start of a row: a state, or RESTING (PROVISIONING, IDLE, DEGRADED and RETIRED), or ANY. */
export type From = AgentState | "RESTING" | "ANY";
/**
 * End of a row: a state, or SAME, or REST (IDLE; before the first COMMIT PROVISIONING; DEGRADED and RETIRED until they end), or BACK
 * (FALLBACK; before the first COMMIT PROVISIONING, because there is nothing to go back to; DEGRADED when the data cannot be taken back).
 */
export type To = AgentState | "REST" | "SAME" | "BACK";

export interface Row {
  readonly from: From;
  readonly on: EventType;
  readonly when: Guard | undefined;
  readonly to: To;
  readonly actions: readonly Action[];
}

const always = undefined;

/**
 * All transitions. The first row that fits is taken; no fitting row is a bug. A start begins in the journal's state, so the rows of `started`
 * are the whole recovery. The journal holds DURABLE states only: the work of the others is done again.
 */
// biome-ignore format: read it in columns
export const TABLE: readonly Row[] = [
  //  from            event               if                   to              then
  // a start, and so every recovery
  row("PROVISIONING", "started",          always,              "PROVISIONING", drift.begin),
  row("IDLE",         "started",          always,              "IDLE",         drift.begin),
  row("DEGRADED",     "started",          always,              "DEGRADED",     drift.begin, trial.watchCurrent),
  row("RETIRED",      "started",          always,              "RETIRED",      drift.begin),
  row("APPLY",        "started",          is.startable,        "APPLY",        drift.begin, release.apply),
  row("APPLY",        "started",          is.crashedInOneBoot, "BACK",         drift.begin, trial.failByCrash, trial.goBack),
  row("APPLY",        "started",          always,              "BACK",         drift.begin, trial.stopTrying, trial.goBack),
  row("TRIAL",        "started",          is.startable,        "APPLY",        drift.begin, release.apply),
  row("TRIAL",        "started",          is.crashedInOneBoot, "BACK",         drift.begin, trial.failByCrash, trial.goBack),
  row("TRIAL",        "started",          always,              "BACK",         drift.begin, trial.stopTrying, trial.goBack),
  row("COMMIT",       "started",          always,              "COMMIT",       drift.begin, release.finalize),
  row("PRUNE",        "started",          always,              "PRUNE",        drift.begin, release.prune),
  row("FALLBACK",     "started",          always,              "FALLBACK",     drift.begin, trial.fallBack),
  row("CHECK",        "started",          always,              "FALLBACK",     drift.begin, trial.fallBack),

  // a poll
  row("ANY",          "poll-asked",       is.polling,          "SAME",         poll.pollAgain),
  row("ANY",          "poll-asked",       always,              "SAME",         poll.pollSoon),
  row("RESTING",      "poll-due",         always,              "FETCH",        poll.fetch),
  row("FETCH",        "poll-failed",      always,              "REST",         poll.failPoll),
  row("FETCH",        "fetched",          is.nothingMoved,     "REST",         poll.nothingNew),
  row("FETCH",        "fetched",          always,              "VERIFY",       poll.walkTrust),
  row("VERIFY",       "poll-failed",      always,              "REST",         poll.failPoll),
  row("VERIFY",       "cache-lost",       is.firstFailure,     "FETCH",        poll.refetch),
  row("VERIFY",       "cache-lost",       always,              "REST",         poll.cacheLost),
  row("VERIFY",       "trust-walked",     is.trustBroken,      "REST",         poll.trustBroken),
  row("VERIFY",       "trust-walked",     is.siteRefMissing,   "REST",         poll.refMissing),
  row("VERIFY",       "trust-walked",     is.noNews,           "REST",         poll.noNews),
  row("VERIFY",       "trust-walked",     is.refusedAlready,   "REST",         poll.refusedBefore),
  row("VERIFY",       "trust-walked",     always,              "VERIFY",       poll.judge),
  row("VERIFY",       "refused",          always,              "REST",         poll.refuse),
  row("VERIFY",       "accepted",         is.sameTree,         "STAGE",        release.restamp),
  row("VERIFY",       "accepted",         is.belowData,        "REST",         poll.refuseOneWay),
  row("VERIFY",       "accepted",         is.fallbackWanted,   "REST",         poll.judgeLater),
  row("VERIFY",       "accepted",         always,              "STAGE",        release.stage),
  row("STAGE",        "restamped",        always,              "REST",         release.adoptSeq),
  row("STAGE",        "staged",           is.imagesWanted,     "PREPULL",      release.holdCandidate, release.pull),
  row("STAGE",        "staged",           always,              "REST",         release.holdCandidate),
  row("STAGE",        "poll-failed",      always,              "REST",         poll.failPoll),

  // images
  row("RESTING",      "pull-due",         always,              "PREPULL",      release.pull),
  row("PREPULL",      "pulled",           always,              "REST",         release.holdImages),
  row("PREPULL",      "pull-failed",      is.imageNotFound,    "REST",         trial.failPull),
  row("PREPULL",      "pull-failed",      always,              "REST",         release.deferPull),
  row("PREPULL",      "candidate-fell",   always,              "REST",         release.dropCandidate),

  // into the target
  row("RESTING",      "apply-due",        always,              "DRYRUN",       release.recheck),
  row("DRYRUN",       "candidate-fell",   always,              "REST",         release.dropCandidate, trial.watchAgain),
  row("DRYRUN",       "candidate-stands", is.mustWait,         "REST",         trial.watchAgain),
  row("DRYRUN",       "candidate-stands", is.retiring,         "COMMIT",       release.commit, release.finalize),
  row("DRYRUN",       "candidate-stands", always,              "DRYRUN",       release.dryRun),
  row("DRYRUN",       "dry-run-failed",   is.verdictOnRelease, "REST",         trial.fail, trial.watchAgain),
  row("DRYRUN",       "dry-run-failed",   always,              "REST",         trial.interrupt, trial.watchAgain),
  row("DRYRUN",       "dry-run-passed",   is.mustWait,         "REST",         trial.watchAgain),
  row("DRYRUN",       "dry-run-passed",   is.baselineWanted,   "DRYRUN",       release.checkHealthBefore),
  row("DRYRUN",       "dry-run-passed",   always,              "APPLY",        release.noBaseline, release.apply),
  row("ANY",          "health-checked",   is.outOfDate,        "SAME",         release.nothing),
  row("DRYRUN",       "health-checked",   is.mustWait,         "REST",         trial.watchAgain),
  row("DRYRUN",       "health-checked",   is.baselineOpen,     "REST",         release.checkBaselineAgain),
  row("DRYRUN",       "health-checked",   always,              "APPLY",        release.noteBaseline, release.apply),
  row("APPLY",        "apply-failed",     is.verdictOnRelease, "BACK",         trial.fail, trial.goBack),
  row("APPLY",        "apply-failed",     always,              "BACK",         trial.interrupt, trial.goBack),
  row("APPLY",        "applied",          is.unprobed,         "COMMIT",       release.commit, release.finalize),
  row("APPLY",        "applied",          always,              "TRIAL",        trial.begin),

  // on trial
  row("TRIAL",        "health-check-due", always,              "TRIAL",        trial.checkHealth),
  row("TRIAL",        "health-checked",   is.proven,           "COMMIT",       trial.note, release.commit, release.finalize),
  row("TRIAL",        "health-checked",   is.foundUnhealthy,   "BACK",         trial.note, trial.failUnhealthy, trial.goBack),
  row("TRIAL",        "health-checked",   is.foundNothing,     "BACK",         trial.note, trial.interruptUnobserved, trial.goBack),
  row("TRIAL",        "health-checked",   always,              "TRIAL",        trial.note),
  row("TRIAL",        "fallback-due",     always,              "BACK",         people.failByOperator, trial.goBack),
  row("APPLY",        "stop-asked",       always,              "APPLY",        trial.uncount),
  row("TRIAL",        "stop-asked",       always,              "TRIAL",        trial.uncount),
  row("COMMIT",       "finalized",        is.leaving,          "RETIRED",      release.noteFinalized),
  row("COMMIT",       "finalized",        always,              "PRUNE",        release.noteFinalized, release.prune),
  row("RESTING",      "prune-due",        always,              "PRUNE",        release.prune),
  row("PRUNE",        "pruned",           always,              "REST",         release.narrow),
  row("PRUNE",        "prune-failed",     always,              "REST",         release.pruneLater),

  // back
  row("RESTING",      "fallback-due",     is.ableToGoBack,     "FALLBACK",     people.swapSlots, trial.fallBack),
  row("RESTING",      "fallback-due",     always,              "SAME",         people.dropFallback),
  row("FALLBACK",     "fell-back",        is.unprobedNow,      "PRUNE",        trial.endFallback, release.prune),
  row("FALLBACK",     "fell-back",        is.unread,           "DEGRADED",     trial.degradeUnread),
  row("FALLBACK",     "fell-back",        always,              "CHECK",        trial.watchCurrent),
  row("FALLBACK",     "fall-back-failed", is.previousIsVoid,   "REST",         people.swapBack),
  row("FALLBACK",     "fall-back-failed", always,              "DEGRADED",     trial.degrade, trial.watchCurrent),
  row("CHECK",        "health-check-due", always,              "CHECK",        trial.checkHealth),
  row("CHECK",        "health-checked",   is.proven,           "PRUNE",        trial.note, trial.endFallback, release.prune),
  row("CHECK",        "health-checked",   is.stillOpen,        "CHECK",        trial.note),
  row("CHECK",        "health-checked",   always,              "DEGRADED",     trial.note, trial.degradeUnhealthy),
  row("DEGRADED",     "health-check-due", always,              "DEGRADED",     trial.checkHealth),
  row("DEGRADED",     "health-checked",   is.recovered,        "PRUNE",        trial.note, trial.endDegraded, release.prune),
  row("DEGRADED",     "health-checked",   always,              "DEGRADED",     trial.note),

  // drift, people
  row("IDLE",         "drift-due",        always,              "IDLE",         drift.reconcile),
  row("DEGRADED",     "drift-due",        always,              "DEGRADED",     drift.reconcile),
  row("FETCH",        "drift-due",        always,              "FETCH",        drift.reconcile),
  row("PREPULL",      "drift-due",        always,              "PREPULL",      drift.reconcile),
  row("DEGRADED",     "reconciled",       is.unprobedNow,      "PRUNE",        drift.reconciled, trial.endDegraded, release.prune),
  row("ANY",          "reconciled",       always,              "SAME",         drift.reconciled),
  row("ANY",          "reconcile-failed", always,              "SAME",         drift.reconcileFailed),
  row("ANY",          "report-lost",      always,              "SAME",         drift.reportLost),
  row("RETIRED",      "report-due",       always,              "SAME",         release.nothing),
  row("RESTING",      "unsure-due",       always,              "SAME",         drift.countUnsure),
  row("ANY",          "health-checked",   always,              "SAME",         trial.note),
  row("ANY",          "pause-asked",      always,              "SAME",         people.pause),
  row("ANY",          "resume-asked",     always,              "SAME",         people.resume),
  row("ANY",          "pause-over",       always,              "SAME",         people.resume),
  row("ANY",          "retry-asked",      always,              "SAME",         people.retry),
  row("ANY",          "fallback-asked",   is.ableToGoBack,     "SAME",         people.askFallback),
  row("ANY",          "fallback-asked",   always,              "SAME",         release.nothing),
  row("ANY",          "stop-asked",       always,              "SAME",         people.stop),
];

/** States that a journal may hold. After a power cut in another state the agent starts in the rest state before it. */
// biome-ignore format: one line
export const DURABLE: readonly AgentState[] = ["PROVISIONING", "IDLE", "APPLY", "TRIAL", "COMMIT", "PRUNE", "FALLBACK", "CHECK", "DEGRADED", "RETIRED"];

function row<T extends EventType>(
  from: From,
  on: T,
  when: Guard<EventOf<T>> | undefined,
  to: To,
  ...actions: readonly Action<EventOf<T>>[]
): Row {
  // `on` is compared before guard and actions are called, so each gets only its own type of event.
  return { from, on, when: when as Guard<Event> | undefined, to, actions: actions as readonly Action<Event>[] };
}
