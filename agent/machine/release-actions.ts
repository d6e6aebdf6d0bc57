import type { Journal, JournalSlot } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { applyRetrySeconds, DRIFT_MS } from "./back-off.ts";
import type { EventOf } from "./event.ts";
import { pollEnded } from "./poll-actions.ts";
import { type Machine, type Moment, seconds, troubleOf } from "./state.ts";

/** The way of a release: stage, wait, apply, commit, prune. */

/** A10: staging overwrites the slot of the previous release, and says so before it does. */
export function stage({ journal }: Machine, { order }: EventOf<"accepted">): Change {
  const slot = journal.current?.slot === "a" ? "b" : "a";
  return {
    journal: { candidate: null, previous: null, starts: 0, retryAt: null },
    memory: { candidate: null },
    effects: [{ do: "stage", order, slot }],
  };
}

/** Only now is the commit remembered as seen: a crash before this line finds it new. */
export function holdCandidate(machine: Machine, { slot, facts, order }: EventOf<"staged">, moment: Moment): Change {
  return {
    journal: { candidate: slot, refused: null, starts: 0, retryAt: null, ...seenOf(machine.journal, order) },
    memory: { ...pollEnded(machine, moment, machine.memory.tips), candidate: facts, refusal: null, going: null },
  };
}

/** A7: the new commit lies in the current slot already, beside the same files. */
export function restamp({ journal }: Machine, { order }: EventOf<"accepted">): Change {
  return {
    journal: { candidate: null },
    memory: { candidate: null },
    effects: [{ do: "restamp", order, slot: journal.current as JournalSlot }],
  };
}

export function adoptSeq(machine: Machine, { order }: EventOf<"restamped">, moment: Moment): Change {
  const { journal, memory } = machine;
  const current = { ...(journal.current as JournalSlot), seq: order.commit.seq, release: order.commit.release };
  return {
    journal: { current, refused: null, ...seenOf(journal, order) },
    memory: { ...pollEnded(machine, moment, memory.tips), refusal: null, going: null },
  };
}

function seenOf(journal: Journal, { id, commit }: EventOf<"staged">["order"]): Partial<Journal> {
  return {
    seen: { seq: commit.seq, commit: id, tree: commit.treeDigest },
    signedTime: Math.max(journal.signedTime, commit.seconds),
  };
}

export function recheck({ journal }: Machine): Change {
  return { effects: [{ do: "recheck", slot: journal.candidate as JournalSlot }] };
}

/** The slot rots, or trust moved on: the release is fetched and judged again. */
export function dropCandidate({ memory }: Machine, { refusal }: EventOf<"candidate-fell">, moment: Moment): Change {
  return {
    journal: { candidate: null, starts: 0 },
    memory: {
      candidate: null,
      judged: null,
      pollAtMs: moment.monotonicMs,
      refusal: troubleOf(refusal.refusal, refusal.because, moment, memory.refusal),
    },
  };
}

/** R3: the start is counted on disk before anything is touched. */
export function apply({ journal }: Machine): Change {
  const slot = journal.candidate as JournalSlot;
  return {
    journal: { starts: journal.starts + 1, retryAt: null },
    effects: [{ do: "apply", slot, isFirst: journal.current === null }],
  };
}

export function interrupted(machine: Machine, { reason, detail }: EventOf<"apply-failed">, moment: Moment): Change {
  return putOff(machine, reason, detail, moment);
}

/** Starts are used up, so the target is brought back to the current tree by the next comparison with it. */
export function stopTrying(machine: Machine, _event: unknown, moment: Moment): Change {
  const change = putOff(machine, "interrupted", `APPLY was cut short ${machine.journal.starts} times`, moment);
  return { ...change, journal: { ...change.journal, starts: 0 } };
}

function putOff({ journal, memory }: Machine, reason: EventOf<"apply-failed">["reason"], detail: string, moment: Moment): Change {
  return {
    journal: { retryAt: seconds(moment) + applyRetrySeconds(journal.starts) },
    memory: { driftAtMs: moment.monotonicMs, going: troubleOf(reason, detail, moment, memory.going) },
  };
}

/** This record is the moment at which the site runs the new release. */
export function commit({ journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  const slot = journal.candidate as JournalSlot;
  return {
    journal: { current: slot, previous: journal.current, candidate: null, starts: 0, retryAt: null, unsureSeconds: 0 },
    memory: { current: memory.candidate, candidate: null, currentIsVoid: false, going: null, driftAtMs: moment.monotonicMs + DRIFT_MS },
    effects: [{ do: "settle", slot }],
  };
}

export function settle({ journal }: Machine): Change {
  return { effects: [{ do: "settle", slot: journal.current as JournalSlot }] };
}

export function prune({ journal }: Machine): Change {
  return { effects: [{ do: "prune", slot: journal.current as JournalSlot }] };
}

/** The next release's PRUNE takes what is left. */
export function pruneBlocked({ memory }: Machine, { detail }: EventOf<"prune-failed">, moment: Moment): Change {
  return { memory: { going: troubleOf("prune-blocked", detail, moment, memory.going) } };
}

export function nothing(): Change {
  return {};
}
