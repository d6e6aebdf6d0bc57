import type { HealthWord } from "../../wire/index.ts";
import type { Machine } from "../machine/state.ts";
import type { Moment } from "../machine/moment.ts";
import type { SlotFacts, UnitFacts } from "../machine/slot-facts.ts";
import type { ProbeWatch, Watch } from "../machine/watch.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** How far the health watch of a tree is. Only observed seconds count: not the time in which no probe could answer. */
export interface TrialProgress {
  /** Which release is watched: the new one on trial, or the one that the site went back to or stays on. */
  readonly of: "candidate" | "current";
  readonly observedSeconds: number;
  /** For how long without a break no probe could answer. */
  readonly unaskedSeconds: number;
  readonly units: readonly UnitProgress[];
}

export interface UnitProgress {
  readonly unit: string;
  /** The worst last result of its probes. */
  readonly health: HealthWord;
  readonly detail: string;
  /** For how long all of its probes have been healthy; `quietSeconds` are needed. */
  readonly healthySeconds: number;
  readonly quietSeconds: number;
  /** Until it counts as failed if nothing changes. */
  readonly leftSeconds: number;
  /** It was unhealthy before the release, so it cannot fail the release. */
  readonly isExcused: boolean;
}

/** null while nothing is watched. Results of a finished trial are in the report. */
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
    unaskedSeconds: whole(watch.unobservedMs),
    units: unitsOf(watch, facts),
  };
}

/** A DEGRADED site stays so while the agent polls; the poll only delays its watch. */
function isWatched({ phase, journal }: Machine): boolean {
  return phase === "TRIAL" || phase === "CHECK" || journal.state === "DEGRADED";
}

/** Result of the last health check of the running release's units. */
export interface LastCheck {
  /** Seconds since 1970; null when this process has not checked yet. */
  readonly at: number | null;
  readonly units: readonly UnitProgress[];
}

/** null during a watch, and without probes. In FALLBACK the last watch is still the failed release's. */
export function lastLook(machine: Machine, moment: Moment): LastCheck | null {
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

/** From best to worst for a release. */
const RANK: readonly HealthWord[] = ["unprobed", "healthy", "progressing", "unknown", "unhealthy"];

function unitProgress(unit: string, { quietSeconds, deadlineSeconds }: UnitFacts, watch: Watch): UnitProgress {
  const probes = watch.probes.filter((probe) => probe.unit === unit);
  const worst = probes.reduce((most, probe) => (RANK.indexOf(probe.health) > RANK.indexOf(most.health) ? probe : most));
  // Excused and unprobed probes do not count for the quiet time.
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
