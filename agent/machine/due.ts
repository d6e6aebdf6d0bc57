import { APPLY_RETRY_SECONDS_MAX } from "./back-off.ts";
import type { Event } from "./event.ts";
import { isClockUnsure, isResting, type Machine, type Moment } from "./state.ts";
import { openingOf } from "./window.ts";

export type Timer = Extract<Event["type"], "poll-due" | "apply-due" | "drift-due" | "unsure-due">;

/** A timer and when it rings, on the monotonic clock. */
export interface Due {
  readonly type: Timer;
  readonly atMs: number;
}

/** The next timer that the phase listens to; undefined while the agent waits for an effect alone. */
export function nextDue(machine: Machine, moment: Moment): Due | undefined {
  return allDue(machine, moment).reduce<Due | undefined>(
    (first, due) => (first === undefined || due.atMs < first.atMs ? due : first),
    undefined,
  );
}

function allDue(machine: Machine, moment: Moment): Due[] {
  const { phase, journal, memory } = machine;
  const due: Due[] = [];
  // A fetch over a bad line may take an hour, and the target is not left alone for that long. Other phases are short.
  if ((isResting(phase) || phase === "FETCH") && journal.current && !memory.healing && !memory.currentIsVoid) {
    due.push({ type: "drift-due", atMs: memory.driftAtMs });
  }
  if (!isResting(phase)) return due;
  const apply = applyEntry(machine, moment);
  if (apply.atMs !== undefined && !memory.healing) due.push({ type: "apply-due", atMs: apply.atMs });
  if (apply.waits === "clock-unsure") due.push({ type: "unsure-due", atMs: memory.unsureAtMs });
  due.push({ type: "poll-due", atMs: memory.pollAtMs });
  return due;
}

/** When the candidate may enter APPLY, and what it waits for. */
export interface ApplyEntry {
  /** On the monotonic clock; undefined without a candidate, or when its window never opens. */
  readonly atMs: number | undefined;
  readonly waits: "window-closed" | "clock-unsure" | "interrupted" | undefined;
}

const UNSURE_SECONDS_MAX = 7 * 86_400;

/** A11: the new tree's window governs entry into APPLY, and nothing else. A14: the first release has no window. */
export function applyEntry({ journal, memory }: Machine, moment: Moment): ApplyEntry {
  const facts = memory.candidate;
  if (journal.candidate === null || facts === null) return { atMs: undefined, waits: undefined };
  const nowSeconds = Math.floor(moment.wallMs / 1000);
  const waitSeconds = Math.min((journal.retryAt ?? 0) - nowSeconds, APPLY_RETRY_SECONDS_MAX);
  if (waitSeconds > 0) return { atMs: moment.monotonicMs + waitSeconds * 1000, waits: "interrupted" };
  if (facts.window === null || facts.urgent || journal.current === null) return { atMs: moment.monotonicMs, waits: undefined };
  if (isClockUnsure(journal, moment)) {
    const isLongEnough = journal.unsureSeconds >= UNSURE_SECONDS_MAX;
    return isLongEnough ? { atMs: moment.monotonicMs, waits: undefined } : { atMs: undefined, waits: "clock-unsure" };
  }
  const { isOpen, nextMs } = openingOf(facts.window, moment.wallMs);
  if (isOpen) return { atMs: moment.monotonicMs, waits: undefined };
  return { atMs: nextMs === undefined ? undefined : moment.monotonicMs + nextMs - moment.wallMs, waits: "window-closed" };
}
