import type { FailedTree, JournalSlot } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { PAUSE_SECONDS_MAX } from "./back-off.ts";
import type { EventOf } from "./event.ts";
import { fail } from "./trial-actions.ts";
import { widened } from "./ownership.ts";
import { isResting, type Machine, seconds } from "./state.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** A24: commands of people at the box. */

/** Stops repairs and new releases; a running apply continues. It ends automatically, so it cannot be forgotten. */
export function pause(_machine: Machine, event: EventOf<"pause-asked">, moment: Moment): Change {
  const length = Math.min(event.seconds, PAUSE_SECONDS_MAX);
  return {
    journal: { paused: { until: seconds(moment) + length, why: event.why } },
    memory: { pausedUntilMs: moment.monotonicMs + length * 1000 },
  };
}

export function resume(_machine: Machine, _event: unknown, moment: Moment): Change {
  return { journal: { paused: null }, memory: { pausedUntilMs: 0, driftAtMs: moment.monotonicMs } };
}

/** Clears the newest release's failure mark, refusal and back-off. The window still applies. */
export function retry({ phase, journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  const newest = journal.candidate?.seq ?? journal.seen?.seq;
  return {
    journal: { failed: journal.failed.filter(({ seq }) => seq !== newest), refused: null, retryAt: null, interruptions: undefined },
    memory: {
      retryAtMs: 0,
      judged: null,
      refusal: null,
      pullAtMs: moment.monotonicMs,
      ...(isResting(phase) ? { pollAtMs: moment.monotonicMs, rolloutTrouble: null } : { isAsked: memory.isAsked || phase === "FETCH" }),
    },
  };
}

/** Done as soon as the current step allows it. A running fetch or pull is aborted, because it may take an hour. */
export function askFallback({ phase }: Machine): Change {
  const isLong = phase === "FETCH" || phase === "PREPULL";
  return { memory: { isFallbackAsked: true }, effects: isLong ? [{ do: "end-poll" }] : [] };
}

/** Going back is no longer possible. */
export function dropFallback(): Change {
  return { memory: { isFallbackAsked: false } };
}

/** The current step is finished; nothing new is begun. */
export function stop(): Change {
  return { memory: { isStopping: true } };
}

export function failByOperator(machine: Machine, _event: unknown, moment: Moment): Change {
  return fail(machine, { reason: "operator", detail: "a person requested the previous release" }, moment);
}

/**
 * Treats the running release like one that failed its trial: the slots are swapped, and FALLBACK does the rest. Objects that return with the
 * previous release are owned before they are written (A17).
 */
export function swapSlots({ journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  const bad = journal.current as JournalSlot;
  const goal = journal.previous as JournalSlot;
  const mark: FailedTree = { seq: bad.seq, tree: bad.tree, reason: "operator" };
  const detail = `release ${bad.release} failed: a person requested the previous release`;
  return {
    journal: {
      current: goal,
      candidate: bad,
      owned: widened(journal.owned, goal, memory.previous as SlotFacts),
      previous: null,
      failed: [...journal.failed.filter(({ seq }) => seq !== bad.seq), mark].slice(-16),
      baseline: {},
    },
    memory: {
      current: memory.previous,
      candidate: memory.current,
      previous: null,
      isFallbackAsked: false,
      isOperatorFallback: true,
      rolloutTrouble: { reason: "operator", detail, since: seconds(moment) },
    },
  };
}

/** The previous release's slot cannot be read, and nothing was changed: the running release stays, and the person may try again. */
export function swapBack({ journal, memory }: Machine, { reason, detail }: EventOf<"fall-back-failed">, moment: Moment): Change {
  const stays = journal.candidate as JournalSlot;
  const because = `the slot of the previous release cannot be read (${detail}), so the site stays on release ${stays.release}`;
  return {
    journal: { current: stays, candidate: null, previous: journal.current, failed: journal.failed.filter(({ seq }) => seq !== stays.seq) },
    memory: {
      current: memory.candidate,
      candidate: null,
      previous: memory.current,
      isOperatorFallback: false,
      driftAtMs: moment.monotonicMs,
      rolloutTrouble: { reason, detail: because, since: seconds(moment) },
    },
  };
}
