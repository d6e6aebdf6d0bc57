import { reasons } from "../../core/index.ts";
import { applyEntry, isPinned, unsureSecondsLeft } from "../machine/due.ts";
import { raisedUnits } from "../machine/guards.ts";
import { isResting, type Machine } from "../machine/state.ts";
import type { Moment } from "../machine/moment.ts";
import { distanceText } from "./time-text.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** What the agent will do without a command. `at`: seconds since 1970; null for after the current step. */
export interface NextStep {
  readonly text: string;
  readonly at: number | null;
}

/** Most important first, for somebody who waits for a release. */
export function nextSteps(machine: Machine, moment: Moment): readonly NextStep[] {
  const { phase, journal, memory } = machine;
  if (!isResting(phase) && !isLong(phase)) return [underWay(machine)];
  const at = (monotonicMs: number): number => wallSeconds(monotonicMs, moment);
  const steps: NextStep[] = isResting(phase) ? [] : [underWay(machine)];
  if (memory.isFallbackAsked) steps.push({ text: `goes back to release ${journal.previous?.release}`, at: null });
  if (phase === "RETIRED") steps.push({ text: "nothing: the site is retired", at: null });
  if (journal.state === "DEGRADED") {
    if (journal.paused === null) steps.push({ text: `applies release ${journal.current?.release} again`, at: at(memory.driftAtMs) });
    steps.push({
      text: `leaves DEGRADED when release ${journal.current?.release} is applied and every unit has been healthy for its quiet time`,
      at: null,
    });
  }
  if (journal.paused !== null) steps.push({ text: "ends the pause", at: at(memory.pausedUntilMs) });
  steps.push(...candidateSteps(machine, moment));
  if (memory.pruneAtMs !== null) steps.push({ text: "tries again to remove the blocked objects", at: at(memory.pruneAtMs) });
  if (isResting(phase) && phase !== "RETIRED") steps.push({ text: "polls the repository", at: at(memory.pollAtMs) });
  return steps;
}

/** These steps depend on the network and may take an hour. Other steps that become due are done meanwhile or right after. */
function isLong(phase: Machine["phase"]): boolean {
  return phase === "FETCH" || phase === "PREPULL";
}

function underWay(machine: Machine): NextStep {
  const { phase, journal } = machine;
  const current = journal.current?.release;
  const candidate = journal.candidate?.release;
  const orBack = otherwise(machine);
  const words: Partial<Record<Machine["phase"], string>> = {
    FETCH: "fetches from the repository, then verifies the release",
    VERIFY: "verifies the fetched release",
    STAGE: "writes the new release into the other slot",
    PREPULL: "pulls the images of the new release",
    DRYRUN: `runs a dry run of release ${candidate} against the target, then applies it`,
    APPLY: `applies release ${candidate}, then watches its health`,
    TRIAL: `commits release ${candidate} when every unit has been healthy for its quiet time; ${orBack}`,
    COMMIT: "removes objects that the new release no longer has",
    PRUNE: "removes objects that the release no longer has",
    FALLBACK: `applies release ${current} again, then checks its health`,
    CHECK: `checks whether release ${current} is healthy again`,
  };
  return { text: words[phase] ?? phase, at: null };
}

/** What happens when the trial fails. */
function otherwise({ journal, memory }: Machine): string {
  if (journal.current === null) return "applies it again later if a unit does not become healthy";
  const raised = memory.current && memory.candidate ? raisedUnits(memory.current, memory.candidate) : [];
  if (raised.length === 0) return `goes back to release ${journal.current.release} if a unit does not become healthy`;
  return `stays on it in state DEGRADED if a unit does not become healthy, because it changed the data of ${raised.join(", ")} irreversibly`;
}

/** When the candidate is applied, or what must happen before that. */
function candidateSteps(machine: Machine, moment: Moment): readonly NextStep[] {
  const { phase, journal, memory } = machine;
  if (journal.candidate === null || memory.candidate === null || phase === "PREPULL" || isPinned(journal)) return [];
  const { atMs, waits } = applyEntry(machine, moment);
  const release = `release ${journal.candidate.release}`;
  if (atMs !== undefined) return [{ text: `applies ${release}`, at: wallSeconds(atMs, moment) }];
  if (waits === "image-not-available") return [{ text: `pulls the images of ${release}`, at: wallSeconds(memory.pullAtMs, moment) }];
  if (waits === "paused") return [{ text: `applies ${release} after the pause, in its window if it has one`, at: null }];
  if (waits === "clock-unsure") {
    const left = distanceText(unsureSecondsLeft(journal));
    return [{ text: `applies ${release} in its window when the clock is right, or after ${left} more of running time`, at: null }];
  }
  const why = waits === undefined ? "" : ` (${reasons[waits]})`;
  return [{ text: `applies ${release} when that is possible${why}`, at: null }];
}
