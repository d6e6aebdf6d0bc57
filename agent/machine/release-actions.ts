import type { Journal, JournalSlot } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { BASELINE_CHECK_MS, DRIFT_MS, PRUNE_RETRY_MS, retryDelayMs } from "./back-off.ts";
import type { EventOf } from "./event.ts";
import { goneFrom, narrowed, widened } from "./ownership.ts";
import { placingAfterPrune, placingCandidate } from "./target-spec.ts";
import { pollEnded } from "./poll-actions.ts";
import type { Memory } from "./memory.ts";
import { type Machine, troubleOf } from "./state.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts } from "./slot-facts.ts";
import { baselineOf } from "./watch.ts";

/** A release: stage, pull, wait, apply, commit, prune. Trial and fallback are in trial-actions.ts. */

/** A10: staging overwrites the slot of the previous release, which the journal shows before. */
export function stage({ journal }: Machine, { verified }: EventOf<"accepted">): Change {
  const slot = journal.current?.slot === "a" ? "b" : "a";
  return {
    journal: { candidate: null, previous: null, starts: 0, retryAt: null, interruptions: undefined },
    memory: { candidate: null, previous: null, retryAtMs: 0, baselineAtMs: 0, baselineSinceMs: null, pulled: false },
    effects: [{ do: "stage", verified, slot }],
  };
}

/** Only now the seq is accepted: after an earlier crash the commit is judged again. */
export function holdCandidate(machine: Machine, { slot, facts, verified }: EventOf<"staged">, moment: Moment): Change {
  return {
    journal: { candidate: slot, refused: null, starts: 0, retryAt: null, ...seenOf(machine.journal, verified) },
    memory: {
      ...pollEnded(machine, moment, machine.memory.tips),
      candidate: facts,
      refusal: null,
      rolloutTrouble: null,
      pulled: false,
      pullFailures: 0,
    },
  };
}

/** A12: at any time, not only in the window. Also pulls missing images of the running release. */
export function pull({ journal }: Machine): Change {
  return { effects: [{ do: "pull", slot: journal.candidate as JournalSlot, current: journal.current }] };
}

export function holdImages({ memory }: Machine, { impaired }: EventOf<"pulled">, moment: Moment): Change {
  return { memory: { pulled: true, pullFailures: 0, rolloutTrouble: null, fallbackTrouble: backOf(memory, impaired, moment) } };
}

/** R10: images of the running and the previous release are pinned, or the status says that going back is not certain. */
export function noteFinalized({ memory }: Machine, { impaired }: EventOf<"finalized">, moment: Moment): Change {
  return { memory: { fallbackTrouble: backOf(memory, impaired, moment) } };
}

function backOf(memory: Memory, impaired: string | null, moment: Moment): Memory["fallbackTrouble"] {
  return impaired === null ? null : troubleOf("fallback-impaired", impaired, moment, memory.fallbackTrouble);
}

/** The release is postponed, not failed: the network may be down. */
export function deferPull({ settings, memory }: Machine, { reason, detail }: EventOf<"pull-failed">, moment: Moment): Change {
  const pullFailures = memory.pullFailures + 1;
  return {
    memory: {
      pullFailures,
      pullAtMs: moment.monotonicMs + retryDelayMs(pullFailures, settings.pollSeconds, moment),
      rolloutTrouble: troubleOf(reason, detail, moment, memory.rolloutTrouble),
    },
  };
}

/** A7: the new commit replaces the one in the current slot; the files are the same. */
export function restamp({ journal }: Machine, { verified }: EventOf<"accepted">): Change {
  return {
    journal: { candidate: null },
    memory: { candidate: null },
    effects: [{ do: "restamp", verified, slot: journal.current as JournalSlot }],
  };
}

export function adoptSeq(machine: Machine, { verified }: EventOf<"restamped">, moment: Moment): Change {
  const { journal, memory } = machine;
  const current = { ...(journal.current as JournalSlot), seq: verified.commit.seq, release: verified.commit.release };
  return {
    journal: { current, refused: null, ...seenOf(journal, verified) },
    memory: { ...pollEnded(machine, moment, memory.tips), refusal: null, rolloutTrouble: null },
  };
}

function seenOf(journal: Journal, { id, commit, signedTime }: EventOf<"staged">["verified"]): Partial<Journal> {
  return {
    seen: { seq: commit.seq, commit: id, tree: commit.treeDigest },
    signedTime: Math.max(journal.signedTime, signedTime),
  };
}

/** Before any change, and with a new round, so that a running health check of the current tree is not taken as the baseline. */
export function recheck({ journal, memory }: Machine): Change {
  return { memory: { round: memory.round + 1 }, effects: [{ do: "recheck", slot: journal.candidate as JournalSlot }] };
}

/** The slot is damaged or the trust changed: the release is fetched and judged again. */
export function dropCandidate({ settings, memory }: Machine, { refusal }: EventOf<"candidate-fell">, moment: Moment): Change {
  return {
    journal: { candidate: null, starts: 0 },
    memory: {
      candidate: null,
      judged: null,
      falls: memory.falls + 1,
      // On a disk that damages the slot each time, writes need a back-off.
      pollAtMs: moment.monotonicMs + (memory.falls === 0 ? 0 : retryDelayMs(memory.falls, settings.pollSeconds, moment)),
      refusal: troubleOf(refusal.refusal, refusal.because, moment, memory.refusal),
    },
  };
}

export function dryRun({ journal }: Machine): Change {
  return { effects: [{ do: "dry-run", slot: journal.candidate as JournalSlot }] };
}

/** Checks from before the window closed, or from an earlier attempt, are out of date: one bad result must not excuse a unit. */
export function checkHealthBefore({ memory }: Machine, _event: unknown, moment: Moment): Change {
  const round = memory.round + 1;
  const isAnew = memory.baselineSinceMs === null || moment.monotonicMs - memory.baselineAtMs > DRIFT_MS;
  return {
    memory: { round, baselineSinceMs: isAnew ? moment.monotonicMs : memory.baselineSinceMs },
    effects: [{ do: "check-health", round, probes: (memory.current as SlotFacts).probes }],
  };
}

/** The machine is at rest meanwhile: polls and drift repair continue, and a newer release may arrive. */
export function checkBaselineAgain(_machine: Machine, _event: unknown, moment: Moment): Change {
  return { memory: { baselineAtMs: moment.monotonicMs + BASELINE_CHECK_MS, driftAtMs: moment.monotonicMs } };
}

export function noBaseline(): Change {
  return { journal: { baseline: {} } };
}

export function noteBaseline({ memory }: Machine, { answers }: EventOf<"health-checked">): Change {
  return { journal: { baseline: baselineOf((memory.current as SlotFacts).probes, answers) } };
}

/** R3, A17: the start is counted, and old and new objects are owned, durably before anything is changed. */
export function apply(machine: Machine): Change {
  const { journal, memory } = machine;
  const owned = widened(journal.owned, journal.candidate as JournalSlot, memory.candidate as SlotFacts);
  const spec = placingCandidate({ ...machine, journal: { ...journal, owned } });
  return {
    journal: {
      starts: journal.starts + 1,
      retryAt: null,
      owned,
      ...(journal.current === null ? {} : withData(journal, memory.candidate)),
      ...(journal.state === "DEGRADED" ? { isCure: true } : {}),
    },
    memory: { isOperatorFallback: false },
    effects: [{ do: "apply", ...spec, isFirst: journal.current === null }],
  };
}

/** A19: from here on the data may have the candidate's versions, whatever the outcome. Before the first COMMIT any release may follow (A14). */
function withData({ data }: Journal, facts: SlotFacts | null): Pick<Journal, "data"> {
  const raised = Object.entries(facts?.units ?? {}).filter(([name, { dataVersion }]) => dataVersion > (data?.[name] ?? 1));
  if (raised.length === 0) return {};
  return { data: { ...data, ...Object.fromEntries(raised.map(([name, { dataVersion }]) => [name, dataVersion])) } };
}

/** From this record on the site runs the new release. */
export function commit({ journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  return {
    journal: {
      current: journal.candidate,
      previous: journal.current,
      candidate: null,
      starts: 0,
      retryAt: null,
      interruptions: undefined,
      isCure: undefined,
      unsureSeconds: 0,
      baseline: {},
      ...withData(journal, memory.candidate),
    },
    memory: {
      current: memory.candidate,
      previous: memory.currentIsVoid ? null : memory.current,
      candidate: null,
      currentIsVoid: false,
      isInPlace: true,
      baselineAtMs: 0,
      baselineSinceMs: null,
      falls: 0,
      rolloutTrouble: null,
      driftTrouble: null,
      fallbackTrouble: null,
      driftAtMs: moment.monotonicMs + DRIFT_MS,
      runsSinceMs: moment.monotonicMs,
    },
  };
}

export function finalize({ journal }: Machine): Change {
  return { effects: [{ do: "finalize", slot: journal.current as JournalSlot, previous: journal.previous }] };
}

/** A17, I6: without a readable tree it is not known what must stay, so nothing is removed. */
export function prune(machine: Machine): Change {
  const { journal, memory } = machine;
  const spec = placingAfterPrune(machine);
  if (memory.current === null) return { effects: [{ do: "prune", ...spec, gone: [] }] };
  const gone = goneFrom(journal, memory.current);
  return { effects: [{ do: memory.current.retired === "erase" ? "erase" : "prune", ...spec, gone }] };
}

/** A failed release's slot is no longer needed. Blocked objects are tried again. */
export function narrow({ journal, memory }: Machine, { gone, blocked }: EventOf<"pruned">, moment: Moment): Change {
  const isOver = journal.candidate !== null && journal.failed.some(({ seq }) => seq === journal.candidate?.seq);
  return {
    journal: {
      owned: narrowed(
        journal.owned,
        gone,
        blocked.map(({ id }) => id),
      ),
      ...(isOver ? { candidate: null } : {}),
    },
    memory: {
      blocked,
      pruneAtMs: blocked.length === 0 ? null : moment.monotonicMs + PRUNE_RETRY_MS,
      ...(isOver ? { candidate: null } : {}),
      ...(memory.rolloutTrouble?.reason === "prune-blocked" ? { rolloutTrouble: null } : {}),
    },
  };
}

export function pruneLater({ memory }: Machine, { detail }: EventOf<"prune-failed">, moment: Moment): Change {
  // A verdict on the release is more important.
  const rolloutTrouble = memory.rolloutTrouble ?? troubleOf("prune-blocked", detail, moment, memory.rolloutTrouble);
  return { memory: { pruneAtMs: moment.monotonicMs + PRUNE_RETRY_MS, rolloutTrouble } };
}

export function nothing(): Change {
  return {};
}
