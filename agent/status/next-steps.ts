import { reasons } from "../../core/index.ts";
import { applyEntry } from "../machine/due.ts";
import { isResting, type Machine, type Moment } from "../machine/state.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** What the agent will do by itself. `at`: seconds since 1970; null for as soon as what is under way is done. */
export interface NextStep {
  readonly text: string;
  readonly at: number | null;
}

/** In the order of what matters to somebody who waits for a release. */
export function nextSteps(machine: Machine, moment: Moment): readonly NextStep[] {
  const { phase, journal, memory } = machine;
  if (!isResting(phase)) return [underWay(machine)];
  const at = (monotonicMs: number): number => wallSeconds(monotonicMs, moment);
  const steps: NextStep[] = [];
  if (memory.isFallbackAsked) steps.push({ text: `goes back to release ${journal.previous?.release}`, at: null });
  if (phase === "RETIRED") steps.push({ text: "nothing: the site is retired", at: null });
  if (phase === "DEGRADED") steps.push({ text: `puts release ${journal.current?.release} in place again`, at: at(memory.driftAtMs) });
  if (journal.paused !== null) steps.push({ text: "ends the pause", at: at(memory.pausedUntilMs) });
  steps.push(...candidateSteps(machine, moment));
  if (memory.pruneAtMs !== null) steps.push({ text: "tries again to remove what is blocked", at: at(memory.pruneAtMs) });
  if (phase !== "RETIRED") steps.push({ text: "asks for news", at: at(memory.pollAtMs) });
  return steps;
}

function underWay({ phase, journal }: Machine): NextStep {
  const current = journal.current?.release;
  const candidate = journal.candidate?.release;
  const orBack =
    current === undefined
      ? "tries it again later when a unit does not become healthy"
      : `goes back to release ${current} when one does not become healthy`;
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

/** Entry into APPLY, or what must happen before it. */
function candidateSteps(machine: Machine, moment: Moment): readonly NextStep[] {
  const { journal, memory } = machine;
  if (journal.candidate === null || memory.candidate === null) return [];
  const { atMs, waits } = applyEntry(machine, moment);
  const release = `release ${journal.candidate.release}`;
  if (atMs !== undefined) return [{ text: `puts ${release} in place`, at: wallSeconds(atMs, moment) }];
  if (waits === "image-not-available") return [{ text: `pulls the images of ${release}`, at: wallSeconds(memory.pullAtMs, moment) }];
  const why = waits === undefined ? "" : ` (${reasons[waits]})`;
  return [{ text: `puts ${release} in place when it may${why}`, at: null }];
}
