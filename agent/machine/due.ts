import type { AgentState, Journal } from "../../wire/index.ts";
import type { Event } from "./event.ts";
import { isClockUnsure, isResting, type Machine } from "./state.ts";
import type { Moment } from "./moment.ts";
import { openingOf } from "../window.ts";

export type Timer = Extract<
  Event["type"],
  | "poll-due"
  | "pull-due"
  | "apply-due"
  | "drift-due"
  | "unsure-due"
  | "health-check-due"
  | "prune-due"
  | "report-due"
  | "fallback-due"
  | "pause-over"
>;

/** A timer and when it is due, on the monotonic clock. */
export interface Due {
  readonly type: Timer;
  readonly atMs: number;
}

/** The next timer of the phase; undefined while the agent only waits for an effect. */
export function nextDue(machine: Machine, moment: Moment): Due | undefined {
  return allDue(machine, moment).reduce<Due | undefined>(
    (first, due) => (first === undefined || due.atMs < first.atMs ? due : first),
    undefined,
  );
}

/** Timers that are due at the same moment fire in this order. */
function allDue(machine: Machine, moment: Moment): Due[] {
  const { phase, journal, memory } = machine;
  const due: Due[] = [];
  // A person is waiting: before everything that is overdue.
  if (memory.isFallbackAsked && isReadyToGoBack(machine)) due.push({ type: "fallback-due", atMs: 0 });
  if (journal.paused !== null) due.push({ type: "pause-over", atMs: memory.pausedUntilMs });
  if (isRepairable(machine)) due.push({ type: "drift-due", atMs: memory.driftAtMs });
  if (isWatching(phase) && memory.watch && !memory.watch.isChecking) due.push({ type: "health-check-due", atMs: memory.watch.checkAtMs });
  if (!isResting(phase)) return due;
  if (memory.pruneAtMs !== null && isPrunable(machine)) due.push({ type: "prune-due", atMs: memory.pruneAtMs });
  if (phase === "RETIRED") {
    // Nothing else happens in this state, so a lost last report needs its own timer.
    if (memory.reported === null) due.push({ type: "report-due", atMs: memory.reportAtMs });
    return due;
  }
  const apply = applyEntry(machine, moment);
  if (apply.atMs !== undefined && !memory.isReconciling) due.push({ type: "apply-due", atMs: apply.atMs });
  if (apply.waits === "clock-unsure") due.push({ type: "unsure-due", atMs: memory.unsureAtMs });
  if (apply.waits === "image-not-available") due.push({ type: "pull-due", atMs: memory.pullAtMs });
  // A requested fallback waits for a running repair, but not for a poll.
  if (!memory.isFallbackAsked) due.push({ type: "poll-due", atMs: memory.pollAtMs });
  return due;
}

/** The agent is at rest, or the release to leave is on trial. */
function isReadyToGoBack({ phase, memory }: Machine): boolean {
  return (isResting(phase) && !memory.isReconciling) || phase === "TRIAL";
}

/** A fetch or a pull over a bad connection may take an hour, and drift is repaired meanwhile. Other phases are short. */
function isRepairable({ phase, journal, memory }: Machine): boolean {
  const isIdle = phase === "IDLE" || phase === "DEGRADED" || phase === "FETCH" || phase === "PREPULL";
  return isIdle && journal.current !== null && journal.paused === null && !memory.isReconciling;
}

/** I6: not before a check found the current tree at the target; in DEGRADED pruning follows the recovery. */
function isPrunable({ phase, journal, memory }: Machine): boolean {
  if (phase === "RETIRED") return true;
  return phase === "IDLE" && memory.isInPlace && !memory.isReconciling && journal.paused === null;
}

function isWatching(phase: AgentState): boolean {
  return phase === "TRIAL" || phase === "CHECK" || phase === "DEGRADED";
}

/** When the candidate may enter APPLY, and what it waits for. */
export interface ApplyEntry {
  /** On the monotonic clock; undefined without a candidate, or when it waits for an event. */
  readonly atMs: number | undefined;
  readonly waits: "paused" | "image-not-available" | "window-closed" | "clock-unsure" | "interrupted" | "settling" | undefined;
}

/** I7. A failed release keeps its slot until its objects are pruned. */
export function isPinned({ candidate, failed }: Pick<Journal, "candidate" | "failed">): boolean {
  return failed.some(({ seq }) => seq === candidate?.seq);
}

const UNSURE_SECONDS_MAX = 7 * 86_400;

/** How long the agent must still run with an unsure clock before it applies a release anyway. */
export function unsureSecondsLeft({ unsureSeconds }: Journal): number {
  return Math.max(0, UNSURE_SECONDS_MAX - unsureSeconds);
}

/**
 * A11: the new tree's window controls entry into APPLY, and nothing else. Before the first COMMIT (A14) and in DEGRADED (A18) the window does
 * not apply, because waiting would only prolong the outage.
 */
export function applyEntry(machine: Machine, moment: Moment): ApplyEntry {
  const { settings, journal, memory } = machine;
  const facts = memory.candidate;
  if (journal.candidate === null || facts === null || isPinned(journal)) return { atMs: undefined, waits: undefined };
  if (journal.paused !== null) return { atMs: undefined, waits: "paused" };
  if (settings.hasImages && !memory.pulled) return { atMs: undefined, waits: "image-not-available" };
  if (moment.monotonicMs < memory.retryAtMs) return { atMs: memory.retryAtMs, waits: "interrupted" };
  if (moment.monotonicMs < memory.baselineAtMs) return { atMs: memory.baselineAtMs, waits: "settling" };
  const isUnwell = journal.current === null || journal.state === "DEGRADED";
  if (facts.window === null || facts.urgent || isUnwell) return { atMs: moment.monotonicMs, waits: undefined };
  if (isClockUnsure(journal, moment)) {
    const isLongEnough = journal.unsureSeconds >= UNSURE_SECONDS_MAX;
    return isLongEnough ? { atMs: moment.monotonicMs, waits: undefined } : { atMs: undefined, waits: "clock-unsure" };
  }
  const { isOpen, nextMs } = openingOf(facts.window, moment.wallMs);
  if (isOpen) return { atMs: moment.monotonicMs, waits: undefined };
  return { atMs: nextMs === undefined ? undefined : moment.monotonicMs + nextMs - moment.wallMs, waits: "window-closed" };
}
