import type { Change } from "./action.ts";
import { APPLY_RETRY_SECONDS_MAX, CONTESTED, DRIFT_MS, firstPollDelayMs, NOTE_MS, PAUSE_SECONDS_MAX, PRUNE_RETRY_MS } from "./back-off.ts";
import type { EventOf, Started } from "./event.ts";
import { goneFrom } from "./ownership.ts";
import { currentSpec } from "./target-spec.ts";
import type { Memory, Trouble } from "./memory.ts";
import { type Machine, seconds, troubleOf } from "./state.ts";
import type { Moment } from "./moment.ts";
import { watchCurrent } from "./trial-actions.ts";

/** The start, and drift repair. */

const HOUR_MS = 3_600_000;

/** The first action of every start. */
export function begin({ settings, journal }: Machine, event: Started, moment: Moment): Change {
  const waitMs = event.now || journal.current === null ? 0 : firstPollDelayMs(settings.pollSeconds ?? event.current?.pollSeconds, moment);
  return {
    // A person is waiting: postponed work is tried now.
    journal: event.now && journal.candidate !== null ? { retryAt: null } : {},
    memory: {
      boot: event.boot,
      current: event.current,
      candidate: event.candidate,
      previous: event.previous,
      currentIsVoid: journal.current !== null && event.current === null,
      reported: event.reported,
      driftRepairs: event.reported?.drift.repaired ?? 0,
      pollAtMs: moment.monotonicMs + waitMs,
      driftAtMs: moment.monotonicMs,
      runsSinceMs: moment.monotonicMs,
      isPersonWaiting: event.now,
      driftTrouble: journal.state === "DEGRADED" ? degraded(moment) : null,
      unsureAtMs: moment.monotonicMs + HOUR_MS,
      // Random within a day, so that frequent starts do not fetch the note more often.
      noteAtMs: moment.monotonicMs + NOTE_MS * moment.fraction,
      pullAtMs: moment.monotonicMs,
      retryAtMs: event.now ? 0 : untilMs(journal.retryAt, APPLY_RETRY_SECONDS_MAX, moment),
      pausedUntilMs: untilMs(journal.paused?.until ?? null, PAUSE_SECONDS_MAX, moment),
      // Not before the first drift check: only then is the target known to match the journal.
      pruneAtMs: event.current !== null && goneFrom(journal, event.current).length > 0 ? moment.monotonicMs + PRUNE_RETRY_MS : null,
    },
  };
}

function degraded(moment: Moment): Trouble {
  return {
    reason: "degraded",
    detail: "the site was DEGRADED when the agent stopped; its health is watched again",
    since: seconds(moment),
  };
}

/** Converts a time of the journal to the monotonic clock, at most `secondsMax` ahead. */
function untilMs(until: number | null, secondsMax: number, moment: Moment): number {
  const waitSeconds = Math.min(secondsMax, (until ?? 0) - seconds(moment));
  return waitSeconds <= 0 ? 0 : moment.monotonicMs + waitSeconds * 1000;
}

export function reconcile(machine: Machine, _event: unknown, moment: Moment): Change {
  return {
    memory: { isReconciling: true, driftAtMs: moment.monotonicMs + DRIFT_MS },
    effects: [{ do: "reconcile", ...currentSpec(machine), withFacts: machine.memory.current === null || machine.memory.currentIsVoid }],
  };
}

/** Right bytes alone do not end DEGRADED: its trouble stays until the tree has been healthy. */
export function reconciled(machine: Machine, event: EventOf<"reconciled">, moment: Moment): Change {
  const { journal, memory } = machine;
  const { repaired, facts } = event;
  const found = facts === null ? {} : { current: facts, currentIsVoid: false };
  // A repaired workload starts again, and has its deadline to become healthy.
  const runsSinceMs = repaired > 0 ? moment.monotonicMs : memory.runsSinceMs;
  const isNewPlace = repaired > 0 || !memory.isInPlace || memory.watch === null;
  const placed = { ...machine, memory: { ...memory, ...found } };
  const watch = journal.state === "DEGRADED" && isNewPlace ? watchCurrent(placed, event, moment).memory : {};
  const counted = contest(machine, repaired, moment);
  const kept = journal.state === "DEGRADED" ? { driftTrouble: memory.driftTrouble } : {};
  return {
    memory: {
      isReconciling: false,
      isInPlace: true,
      driftRepairs: memory.driftRepairs + repaired,
      runsSinceMs,
      ...counted,
      ...kept,
      ...found,
      ...watch,
    },
  };
}

/** Detects another writer. `contested` ends when a whole repair interval passes without a change. */
function contest({ memory }: Machine, repaired: number, moment: Moment): Pick<Memory, "driftTrouble" | "driftRepairsMs" | "driftAtMs"> {
  const driftRepairsMs = memory.driftRepairsMs.filter((at) => at > moment.monotonicMs - CONTESTED.withinMs);
  if (repaired === 0) return { driftTrouble: null, driftRepairsMs, driftAtMs: memory.driftAtMs };
  driftRepairsMs.push(moment.monotonicMs);
  const isContested = driftRepairsMs.length >= CONTESTED.repairs || memory.driftTrouble?.reason === "contested";
  if (!isContested) return { driftTrouble: null, driftRepairsMs, driftAtMs: memory.driftAtMs };
  const driftTrouble = troubleOf("contested", CONTESTED_TEXT, moment, memory.driftTrouble);
  return { driftTrouble, driftRepairsMs, driftAtMs: moment.monotonicMs + CONTESTED.repairEveryMs };
}

const CONTESTED_TEXT = `somebody else changed the target ${CONTESTED.repairs} times within ${CONTESTED.withinMs / 60_000} minutes; it is repaired only every ${CONTESTED.repairEveryMs / 60_000} minutes until that ends`;

export function reconcileFailed({ memory }: Machine, { reason, detail, slotIsVoid }: EventOf<"reconcile-failed">, moment: Moment): Change {
  const driftTrouble = troubleOf(reason, detail, moment, memory.driftTrouble);
  // Drift repair cannot work from a damaged slot, so the release is fetched again. After a transient read error the slot may be used again.
  const refetch = slotIsVoid && !memory.currentIsVoid ? { currentIsVoid: true, judged: null, pollAtMs: moment.monotonicMs } : {};
  return { memory: { isReconciling: false, driftTrouble, ...refetch } };
}

/** L5: the report is written again after a while; otherwise one that was lost to a full disk would be missing for weeks. */
export function reportLost(_machine: Machine, _event: unknown, moment: Moment): Change {
  return { memory: { reported: null, reportAtMs: moment.monotonicMs + DRIFT_MS } };
}

/** A11: hours with an unsure clock are summed across restarts, with one journal write per hour. */
export function countUnsure({ journal }: Machine, _event: unknown, moment: Moment): Change {
  return { journal: { unsureSeconds: journal.unsureSeconds + HOUR_MS / 1000 }, memory: { unsureAtMs: moment.monotonicMs + HOUR_MS } };
}
