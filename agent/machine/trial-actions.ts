import type { Reason } from "../../core/index.ts";
import type { FailedTree, JournalSlot } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { applyRetrySeconds, DRIFT_MS } from "./back-off.ts";
import type { EventOf } from "./event.ts";
import { raisedUnits } from "./guards.ts";
import { currentSpec } from "./target-spec.ts";
import { type Machine, seconds, troubleOf } from "./state.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts } from "./slot-facts.ts";
import { healthChecked, startWatch, verdictOf, type Watch } from "./watch.ts";

/** The trial of a release, its verdicts, and the fallback. */

export function begin({ settings, journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  const startsAtMs = moment.monotonicMs + settings.settleSeconds * 1000;
  return watching(startWatch(memory.candidate as SlotFacts, journal.baseline, memory.round + 1, startsAtMs));
}

/**
 * Watches the release that the site went back to or stays on. An unreadable slot has no known probes. Units that were unhealthy before are
 * excused, but not after a release that should have ended DEGRADED failed: only health ends DEGRADED (A18).
 */
export function watchCurrent({ settings, journal, memory }: Machine, _event: unknown, moment: Moment): Change {
  if (memory.current === null) return { memory: { watch: null, round: memory.round + 1 } };
  const startsAtMs = moment.monotonicMs + settings.settleSeconds * 1000;
  return watching(startWatch(memory.current, journal.isCure ? {} : journal.baseline, memory.round + 1, startsAtMs));
}

/** After DRYRUN, whose new round made the results of the earlier watch out of date. */
export function watchAgain(machine: Machine, event: unknown, moment: Moment): Change {
  return machine.journal.state === "DEGRADED" ? watchCurrent(machine, event, moment) : {};
}

function watching(watch: Watch): Change {
  return { memory: { watch, round: watch.round } };
}

export function checkHealth({ phase, memory }: Machine): Change {
  const facts = (phase === "TRIAL" ? memory.candidate : memory.current) as SlotFacts;
  const watch = { ...(memory.watch as Watch), isChecking: true };
  return { memory: { watch }, effects: [{ do: "check-health", round: watch.round, probes: facts.probes }] };
}

export function note({ phase, memory }: Machine, { answers }: EventOf<"health-checked">, moment: Moment): Change {
  const facts = phase === "TRIAL" ? memory.candidate : memory.current;
  if (memory.watch === null || facts === null) return {};
  return { memory: { watch: healthChecked(memory.watch, facts, answers, moment, phase === "DEGRADED") } };
}

/** A requested stop is not a crash: the next start counts as the same one. */
export function uncount({ journal }: Machine): Change {
  return { journal: { starts: Math.max(0, journal.starts - 1) } };
}

// Verdicts. Each only records the result; `goBack` follows in the table when the target was changed.

/** A15 `failed`: pinned until a higher seq arrives or a person uses `retry`. */
export function fail(machine: Machine, { reason, detail }: { readonly reason: Reason; readonly detail: string }, moment: Moment): Change {
  return failed(machine, reason, detail, moment);
}

export function failPull(machine: Machine, { detail }: EventOf<"pull-failed">, moment: Moment): Change {
  return failed(machine, "image-not-available", detail, moment);
}

export function failUnhealthy(machine: Machine, _event: unknown, moment: Moment): Change {
  return failed(machine, "unhealthy", verdictText(machine), moment);
}

export function failByCrash(machine: Machine, _event: unknown, moment: Moment): Change {
  const { starts } = machine.journal;
  return failed(machine, "agent-crash", `the agent crashed ${starts} times within one boot while it applied the release`, moment);
}

/** A15 `interrupted`: no verdict on the release, so it is applied again with back-off, and never pinned. */
export function interrupt(
  machine: Machine,
  { reason, detail }: { readonly reason: Reason; readonly detail: string },
  moment: Moment,
): Change {
  return interrupted(machine, reason, detail, moment);
}

export function interruptUnobserved(machine: Machine, _event: unknown, moment: Moment): Change {
  return interrupted(machine, "interrupted", verdictText(machine), moment);
}

export function stopTrying(machine: Machine, _event: unknown, moment: Moment): Change {
  const { starts } = machine.journal;
  return interrupted(machine, "interrupted", `the apply of the release was started ${starts} times and interrupted each time`, moment);
}

function verdictText({ memory }: Machine): string {
  const verdict = verdictOf(memory.watch as Watch, memory.candidate as SlotFacts);
  return "detail" in verdict ? verdict.detail : "";
}

const FAILED_MAX = 16;

/** A14: before the first COMMIT nothing is pinned, because there is nothing else to run. */
function failed(machine: Machine, reason: Reason, detail: string, moment: Moment): Change {
  const { phase, journal, memory } = machine;
  if (journal.current === null) return interrupted(machine, reason, detail, moment);
  const { seq, tree, release } = journal.candidate as JournalSlot;
  const marks: readonly FailedTree[] = [...journal.failed.filter((mark) => mark.seq !== seq), { seq, tree, reason }];
  // After APPLY began, the slot is still needed to prune the objects that the release created.
  const isTouched = phase === "APPLY" || phase === "TRIAL";
  return {
    journal: {
      failed: marks.slice(-FAILED_MAX),
      starts: 0,
      retryAt: null,
      interruptions: undefined,
      ...(isTouched ? {} : { candidate: null }),
    },
    memory: {
      ...(isTouched ? {} : { candidate: null }),
      retryAtMs: 0,
      isFallbackAsked: false,
      rolloutTrouble: troubleOf(reason, `release ${release} failed: ${detail}`, moment, memory.rolloutTrouble),
    },
  };
}

function interrupted(machine: Machine, reason: Reason, detail: string, moment: Moment): Change {
  const { phase, journal, memory } = machine;
  // A person asked for the previous release meanwhile, so this one is not applied again.
  const isRefused = memory.isFallbackAsked && journal.current !== null && (phase === "APPLY" || phase === "TRIAL");
  if (isRefused) return failed(machine, "operator", "a person requested the previous release", moment);
  const interruptions = (journal.interruptions ?? 0) + 1;
  const waitSeconds = applyRetrySeconds(interruptions, memory.candidate?.window ?? null, moment);
  return {
    journal: { starts: 0, interruptions, retryAt: seconds(moment) + waitSeconds },
    memory: {
      retryAtMs: moment.monotonicMs + waitSeconds * 1000,
      pullAtMs: moment.monotonicMs + waitSeconds * 1000,
      rolloutTrouble: troubleOf(reason, detail, moment, memory.rolloutTrouble),
    },
  };
}

// Fallback.

/**
 * Back to the current tree. Before the first COMMIT there is none, and created objects stay (A14). When the release has raised a data version,
 * the old tree must not use the new data, so the site stays on the new one (A19).
 */
export function goBack(machine: Machine, event: unknown, moment: Moment): Change {
  const { journal, memory } = machine;
  if (journal.current === null) return {};
  const raised = memory.current && memory.candidate ? raisedUnits(memory.current, memory.candidate) : [];
  return raised.length === 0 ? fallBack(machine) : stayOnNew(machine, raised, event, moment);
}

export function fallBack(machine: Machine): Change {
  return { effects: [{ do: "fall-back", ...currentSpec(machine) }] };
}

function stayOnNew(machine: Machine, raised: readonly string[], event: unknown, moment: Moment): Change {
  const { journal, memory } = machine;
  const why = memory.rolloutTrouble?.detail ?? "";
  const detail = `${why}; the data of ${raised.join(", ")} was changed irreversibly, so the site stays on the new release`;
  const change: Change = {
    journal: { current: journal.candidate, candidate: null, previous: null, retryAt: null, interruptions: undefined },
    memory: { current: memory.candidate, candidate: null, previous: null, isInPlace: false, driftAtMs: moment.monotonicMs },
  };
  const stayed = { ...machine, journal: { ...journal, ...change.journal }, memory: { ...memory, ...change.memory } } as Machine;
  const watch = watchCurrent(stayed, event, moment).memory;
  return { ...change, memory: { ...change.memory, ...watch, rolloutTrouble: troubleOf("one-way", detail, moment, memory.rolloutTrouble) } };
}

export function endFallback(): Change {
  return { journal: { baseline: {}, isCure: undefined }, memory: { isInPlace: true } };
}

/** A18: the agent keeps applying the current tree, and applies any new release at once. */
export function degrade({ memory }: Machine, event: EventOf<"fall-back-failed">, moment: Moment): Change {
  const { reason, detail, slotIsVoid } = event;
  const refetch = slotIsVoid ? { currentIsVoid: true, judged: null, pollAtMs: moment.monotonicMs } : {};
  const driftTrouble = troubleOf(reason, detail, moment, memory.driftTrouble);
  return { memory: { ...refetch, driftTrouble, isInPlace: false, driftAtMs: moment.monotonicMs + DRIFT_MS } };
}

/** The tree is applied, but its probes are not known: the next drift check, due at once, reads the slot again and starts the watch. */
export function degradeUnread({ memory }: Machine, _event: unknown, moment: Moment): Change {
  const driftTrouble = troubleOf(
    "storage-failed",
    "the site went back, but its probes could not be read from the slot",
    moment,
    memory.driftTrouble,
  );
  return { memory: { driftTrouble, isInPlace: true, driftAtMs: moment.monotonicMs } };
}

export function degradeUnhealthy({ memory }: Machine, _event: unknown, moment: Moment): Change {
  const verdict = verdictOf(memory.watch as Watch, memory.current as SlotFacts);
  const detail = "detail" in verdict ? verdict.detail : "a unit is not healthy";
  const driftTrouble = troubleOf("unhealthy", `after going back: ${detail}`, moment, memory.driftTrouble);
  return { memory: { driftTrouble, isInPlace: false, driftAtMs: moment.monotonicMs } };
}

/** A release that stayed because of its data (A19) and became healthy is no longer a failed one. */
export function endDegraded({ journal }: Machine): Change {
  const failed = journal.failed.filter(({ seq }) => seq !== journal.current?.seq);
  return { journal: { baseline: {}, failed, isCure: undefined }, memory: { driftTrouble: null, rolloutTrouble: null } };
}
