import type { Change } from "./action.ts";
import { APPLY_RETRY_SECONDS_MAX, CONTESTED, DRIFT_MS, firstPollDelayMs, NOTE_MS, PAUSE_SECONDS_MAX, PRUNE_RETRY_MS } from "./back-off.ts";
import type { EventOf, Started } from "./event.ts";
import { goneFrom } from "./ownership.ts";
import { currentSpec } from "./target-spec.ts";
import type { Memory, Trouble } from "./memory.ts";
import { type Machine, seconds, troubleOf } from "./state.ts";
import type { Moment } from "./moment.ts";
import { watchCurrent } from "./trial-actions.ts";

/** Starting, and keeping the target as the current slot says. */

const HOUR_MS = 3_600_000;

/** Every start goes through here, whatever the row does besides. */
export function begin({ settings, journal }: Machine, event: Started, moment: Moment): Change {
  const waitMs = event.now || journal.current === null ? 0 : firstPollDelayMs(settings.pollSeconds ?? event.current?.pollSeconds, moment);
  return {
    // A person waits: what was put off is tried now.
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
      isHurried: event.now,
      driftTrouble: journal.state === "DEGRADED" ? degraded(moment) : null,
      unsureAtMs: moment.monotonicMs + HOUR_MS,
      // Drawn over a day: a box that starts often asks no oftener.
      noteAtMs: moment.monotonicMs + NOTE_MS * moment.fraction,
      pullAtMs: moment.monotonicMs,
      retryAtMs: event.now ? 0 : untilMs(journal.retryAt, APPLY_RETRY_SECONDS_MAX, moment),
      pausedUntilMs: untilMs(journal.paused?.until ?? null, PAUSE_SECONDS_MAX, moment),
      // Not before the target was compared once: what is there is what the journal says only then.
      pruneAtMs: event.current !== null && goneFrom(journal, event.current).length > 0 ? moment.monotonicMs + PRUNE_RETRY_MS : null,
    },
  };
}

function degraded(moment: Moment): Trouble {
  return { reason: "degraded", detail: "the site was not well when the agent ended, and is watched again", since: seconds(moment) };
}

/** A time of the journal on the clock that never jumps, and no further ahead than it can honestly be. */
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

/** DEGRADED is not over because the bytes are right: what is wrong stays said until the tree was healthy. */
export function reconciled(machine: Machine, event: EventOf<"reconciled">, moment: Moment): Change {
  const { journal, memory } = machine;
  const { repaired, facts } = event;
  const found = facts === null ? {} : { current: facts, currentIsVoid: false };
  // What was put back begins anew, and has its own time to become healthy.
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

/** Whether another writer is at work. It is over when a whole pause went by without a change. */
function contest({ memory }: Machine, repaired: number, moment: Moment): Pick<Memory, "driftTrouble" | "driftRepairsMs" | "driftAtMs"> {
  const driftRepairsMs = memory.driftRepairsMs.filter((at) => at > moment.monotonicMs - CONTESTED.withinMs);
  if (repaired === 0) return { driftTrouble: null, driftRepairsMs, driftAtMs: memory.driftAtMs };
  driftRepairsMs.push(moment.monotonicMs);
  const isContested = driftRepairsMs.length >= CONTESTED.repairs || memory.driftTrouble?.reason === "contested";
  if (!isContested) return { driftTrouble: null, driftRepairsMs, driftAtMs: memory.driftAtMs };
  const driftTrouble = troubleOf("contested", CONTESTED_TEXT, moment, memory.driftTrouble);
  return { driftTrouble, driftRepairsMs, driftAtMs: moment.monotonicMs + CONTESTED.healEveryMs };
}

const CONTESTED_TEXT = `the target was changed by somebody else ${CONTESTED.repairs} times within ${CONTESTED.withinMs / 60_000} minutes, and is put right each ${CONTESTED.healEveryMs / 60_000} minutes until that ends`;

export function reconcileFailed({ memory }: Machine, { reason, detail, slotIsVoid }: EventOf<"reconcile-failed">, moment: Moment): Change {
  const driftTrouble = troubleOf(reason, detail, moment, memory.driftTrouble);
  // A slot that rots is the one thing that healing cannot mend: the release is fetched again. A disk may read again what it once did not.
  const refetch = slotIsVoid && !memory.currentIsVoid ? { currentIsVoid: true, judged: null, pollAtMs: moment.monotonicMs } : {};
  return { memory: { isReconciling: false, driftTrouble, ...refetch } };
}

/** L5: said again with the next step after a while, or a report that a full disk swallowed would be missed for weeks. */
export function reportLost(_machine: Machine, _event: unknown, moment: Moment): Change {
  return { memory: { reported: null, reportAtMs: moment.monotonicMs + DRIFT_MS } };
}

/** A11: hours of an unsure clock are summed across restarts, so an hour is one write. */
export function countUnsure({ journal }: Machine, _event: unknown, moment: Moment): Change {
  return { journal: { unsureSeconds: journal.unsureSeconds + HOUR_MS / 1000 }, memory: { unsureAtMs: moment.monotonicMs + HOUR_MS } };
}
