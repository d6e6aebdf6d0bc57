import type { HealthWord } from "../../wire/index.ts";
import type { Machine } from "../machine/state.ts";
import type { Moment } from "../machine/moment.ts";
import type { SlotFacts, UnitFacts } from "../machine/slot-facts.ts";
import type { ProbeWatch, Watch } from "../machine/watch.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** How far the watching of a tree is. Seconds are observed ones: time in which nothing could be asked does not count. */
export interface TrialProgress {
  /** Whose health is watched: the new release on trial, or what the site went back to or stays on. */
  readonly of: "candidate" | "current";
  readonly observedSeconds: number;
  /** How long in a row nothing could be asked. */
  readonly unaskedSeconds: number;
  readonly units: readonly UnitProgress[];
}

export interface UnitProgress {
  readonly unit: string;
  /** The worst that any of its probes said last. */
  readonly health: HealthWord;
  readonly detail: string;
  /** For how long all of its probes were healthy, of the `quietSeconds` that it must be. */
  readonly healthySeconds: number;
  readonly quietSeconds: number;
  /** Until it counts as failed when nothing changes. */
  readonly leftSeconds: number;
  /** It was unhealthy before the release came, so it fails nothing. */
  readonly isExcused: boolean;
}

/** null while nothing is watched: what was seen in a trial that is over is in the report. */
export function trialProgress(machine: Machine): TrialProgress | null {
  const { phase, memory } = machine;
  const { watch, current, candidate } = memory;
  if (watch === null || !isWatched(machine)) return null;
  const of = phase === "TRIAL" ? "candidate" : "current";
  const facts = phase === "TRIAL" ? candidate : current;
  if (facts === null) return null;
  return {
    of,
    observedSeconds: whole(watch.countedMs),
    unaskedSeconds: whole(watch.unaskedMs),
    units: unitsOf(watch, facts),
  };
}

/** A site that is DEGRADED stays so while the agent polls, and its watch is only held up by that. */
function isWatched({ phase, journal }: Machine): boolean {
  return phase === "TRIAL" || phase === "CHECK" || journal.state === "DEGRADED";
}

/** What was seen last of the units of the running release. */
export interface LastLook {
  /** Seconds since 1970; null when this process asked nothing yet. */
  readonly at: number | null;
  readonly units: readonly UnitProgress[];
}

/** null while something is watched, and where nothing can be asked. In FALLBACK the last watch is still that of the failed release. */
export function lastLook(machine: Machine, moment: Moment): LastLook | null {
  const { watch, current } = machine.memory;
  if (current === null || current.probes.length === 0 || isWatched(machine) || machine.phase === "FALLBACK") return null;
  if (watch === null || watch.checkedAtMs === null) return { at: null, units: [] };
  return { at: wallSeconds(watch.checkedAtMs, moment), units: unitsOf(watch, current) };
}

function unitsOf(watch: Watch, facts: SlotFacts): readonly UnitProgress[] {
  const units = [...new Set(watch.probes.map(({ unit }) => unit))];
  return units.flatMap((unit) => {
    const times = facts.units[unit];
    return times === undefined ? [] : [unitProgress(unit, times, watch)];
  });
}

/** From the best to the worst for a release. */
const RANK: readonly HealthWord[] = ["unprobed", "healthy", "progressing", "unknown", "unhealthy"];

function unitProgress(unit: string, { quietSeconds, deadlineSeconds }: UnitFacts, watch: Watch): UnitProgress {
  const probes = watch.probes.filter((probe) => probe.unit === unit);
  const worst = probes.reduce((most, probe) => (RANK.indexOf(probe.health) > RANK.indexOf(most.health) ? probe : most));
  // An excused or unprobed probe keeps no unit from being quiet.
  const asked = probes.filter(({ health, isExcused }) => health !== "unprobed" && !isExcused);
  const isNotHealthy = worst.health === "unhealthy" || worst.health === "progressing";
  const patienceSeconds = isNotHealthy ? deadlineSeconds : deadlineSeconds + quietSeconds;
  return {
    unit,
    health: worst.health,
    detail: worst.detail,
    healthySeconds: Math.min(quietSeconds, ...asked.map((probe) => whole(healthyMs(probe, watch)))),
    quietSeconds,
    leftSeconds: Math.max(0, patienceSeconds - whole(watch.countedMs)),
    isExcused: asked.length === 0 && probes.some(({ isExcused }) => isExcused),
  };
}

function healthyMs({ healthySinceMs }: ProbeWatch, { countedMs }: Watch): number {
  return healthySinceMs === null ? 0 : countedMs - healthySinceMs;
}

function whole(ms: number): number {
  return Math.floor(ms / 1000);
}
