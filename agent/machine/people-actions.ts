import type { FailedTree, JournalSlot } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { PAUSE_SECONDS_MAX } from "./back-off.ts";
import type { EventOf } from "./event.ts";
import { fail } from "./trial-actions.ts";
import { widened } from "./ownership.ts";
import { isResting, type Machine, seconds } from "./state.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** A24: what people at the box may ask for. */

/** Stops repairs and new releases; what is under way goes on. It ends by itself, so nobody can forget it. */
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

/** Clears what stands against the newest release: its mark, a refusal, a back-off. Entry into APPLY still obeys the window. */
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

/** Done as soon as nothing is half done. A fetch or pull over a bad line is not waited for. */
export function askFallback({ phase }: Machine): Change {
  const isLong = phase === "FETCH" || phase === "PREPULL";
  return { memory: { isFallbackAsked: true }, effects: isLong ? [{ do: "end-poll" }] : [] };
}

/** What it stood on is gone meanwhile. */
export function dropWish(): Change {
  return { memory: { isFallbackAsked: false } };
}

/** What is under way goes on to where it can be left; nothing new is begun. */
export function stop(): Change {
  return { memory: { isStopping: true } };
}

export function failByOperator(machine: Machine, _event: unknown, moment: Moment): Change {
  return fail(machine, { reason: "operator", detail: "a person at the site asked for the previous release" }, moment);
}

/**
 * The release that ran is treated as one that failed its trial: the slots change places, and FALLBACK does the rest. What comes back with
 * the previous release is owned before it does (A17).
 */
export function swapSlots({ journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  const bad = journal.current as JournalSlot;
  const goal = journal.previous as JournalSlot;
  const mark: FailedTree = { seq: bad.seq, tree: bad.tree, reason: "operator" };
  const detail = `release ${bad.release} failed: a person at the site asked for the previous release`;
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
      hasGivenWay: true,
      rolloutTrouble: { reason: "operator", detail, since: seconds(moment) },
    },
  };
}

/** The release before cannot be read, and nothing was touched: the one that ran goes on, and the person may ask again. */
export function swapBack({ journal, memory }: Machine, { reason, detail }: EventOf<"fall-back-failed">, moment: Moment): Change {
  const stays = journal.candidate as JournalSlot;
  const because = `the release before cannot be read (${detail}), so the site stays on release ${stays.release}`;
  return {
    journal: { current: stays, candidate: null, previous: journal.current, failed: journal.failed.filter(({ seq }) => seq !== stays.seq) },
    memory: {
      current: memory.candidate,
      candidate: null,
      previous: memory.current,
      hasGivenWay: false,
      driftAtMs: moment.monotonicMs,
      rolloutTrouble: { reason, detail: because, since: seconds(moment) },
    },
  };
}
