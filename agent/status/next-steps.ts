import { reasons } from "../../core/index.ts";
import { applyEntry, isPinned, unsureSecondsLeft } from "../machine/due.ts";
import { raisedUnits } from "../machine/guards.ts";
import { isResting, type Machine } from "../machine/state.ts";
import type { Moment } from "../machine/moment.ts";
import { distanceText } from "./time-text.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** What the agent will do by itself. `at`: seconds since 1970; null for as soon as what is under way is done. */
export interface NextStep {
  readonly text: string;
  readonly at: number | null;
}

/** In the order of what matters to somebody who waits for a release. */
export function nextSteps(machine: Machine, moment: Moment): readonly NextStep[] {
  const { phase, journal, memory } = machine;
  if (!isResting(phase) && !isLong(phase)) return [underWay(machine)];
  const at = (monotonicMs: number): number => wallSeconds(monotonicMs, moment);
  const steps: NextStep[] = isResting(phase) ? [] : [underWay(machine)];
  if (memory.isFallbackAsked) steps.push({ text: `goes back to release ${journal.previous?.release}`, at: null });
  if (phase === "RETIRED") steps.push({ text: "nothing: the site is retired", at: null });
  if (journal.state === "DEGRADED") {
    if (journal.paused === null) steps.push({ text: `puts release ${journal.current?.release} in place again`, at: at(memory.driftAtMs) });
    steps.push({
      text: `leaves DEGRADED once release ${journal.current?.release} is in place and every unit was healthy for its quiet time`,
      at: null,
    });
  }
  if (journal.paused !== null) steps.push({ text: "ends the pause", at: at(memory.pausedUntilMs) });
  steps.push(...candidateSteps(machine, moment));
  if (memory.pruneAtMs !== null) steps.push({ text: "tries again to remove what is blocked", at: at(memory.pruneAtMs) });
  if (isResting(phase) && phase !== "RETIRED") steps.push({ text: "asks for news", at: at(memory.pollAtMs) });
  return steps;
}

/** These hang on the line, and may take an hour; what is due meanwhile is done all the same, or right after. */
function isLong(phase: Machine["phase"]): boolean {
  return phase === "FETCH" || phase === "PREPULL";
}

function underWay(machine: Machine): NextStep {
  const { phase, journal } = machine;
  const current = journal.current?.release;
  const candidate = journal.candidate?.release;
  const orBack = otherwise(machine);
  const words: Partial<Record<Machine["phase"], string>> = {
    FETCH: "fetches, and judges what came",
    VERIFY: "judges what came",
    STAGE: "writes the new release into the other slot",
    PREPULL: "pulls the images of the new release",
    DRYRUN: `looks whether the target takes release ${candidate}, then puts it in place`,
    APPLY: `puts release ${candidate} in place, then watches it`,
    TRIAL: `keeps release ${candidate} once every unit was healthy for its quiet time; ${orBack}`,
    COMMIT: "removes what the new release no longer holds",
    PRUNE: "removes what the release no longer holds",
    FALLBACK: `puts release ${current} back, then looks whether it is healthy`,
    CHECK: `looks whether release ${current} is healthy again`,
  };
  return { text: words[phase] ?? phase, at: null };
}

/** What becomes of a trial that fails. */
function otherwise({ journal, memory }: Machine): string {
  if (journal.current === null) return "tries it again later when a unit does not become healthy";
  const raised = memory.current && memory.candidate ? raisedUnits(memory.current, memory.candidate) : [];
  if (raised.length === 0) return `goes back to release ${journal.current.release} when one does not become healthy`;
  return `stays on it, DEGRADED, when one does not become healthy, because it changed the data of ${raised.join(", ")} for good`;
}

/** Entry into APPLY, or what must happen before it. */
function candidateSteps(machine: Machine, moment: Moment): readonly NextStep[] {
  const { phase, journal, memory } = machine;
  if (journal.candidate === null || memory.candidate === null || phase === "PREPULL" || isPinned(journal)) return [];
  const { atMs, waits } = applyEntry(machine, moment);
  const release = `release ${journal.candidate.release}`;
  if (atMs !== undefined) return [{ text: `puts ${release} in place`, at: wallSeconds(atMs, moment) }];
  if (waits === "image-not-available") return [{ text: `pulls the images of ${release}`, at: wallSeconds(memory.pullAtMs, moment) }];
  if (waits === "paused") return [{ text: `puts ${release} in place when the pause is over, in its window if it has one`, at: null }];
  if (waits === "clock-unsure") {
    const left = distanceText(unsureSecondsLeft(journal));
    return [{ text: `puts ${release} in place in its window once the clock is right, or after ${left} more of running`, at: null }];
  }
  const why = waits === undefined ? "" : ` (${reasons[waits]})`;
  return [{ text: `puts ${release} in place when it may${why}`, at: null }];
}
