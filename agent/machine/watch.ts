import type { HealthWord } from "../../wire/index.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts, UnitFacts, UnitProbe } from "./slot-facts.ts";

/**
 * The health of a tree while it is watched. Pure: check results in, a verdict out. Only the monotonic time between two answered checks
 * counts (R4): a box that was suspended, or whose probes could not answer, has observed nothing.
 */
export interface Watch {
  readonly round: number;
  /** Whether a check is running. */
  readonly isChecking: boolean;
  readonly checkAtMs: number;
  readonly startedAtMs: number;
  /** Time of the last check; null before the first. */
  readonly checkedAtMs: number | null;
  /** Every probe answered the last check. */
  readonly isAnswered: boolean;
  /** Observed time since the start. */
  readonly countedMs: number;
  /** Time during and between checks, without gaps. */
  readonly livedMs: number;
  /** Unobserved time since the last observed time. */
  readonly unobservedMs: number;
  readonly probes: readonly ProbeWatch[];
}

export interface ProbeWatch {
  readonly unit: string;
  readonly object: string;
  readonly health: HealthWord;
  readonly detail: string;
  /** Why it is `progressing`; null for every other health. */
  readonly cause: ProgressCause | null;
  /** It was unhealthy, or progressing because of the release, at least once. */
  readonly wasUnhealthy: boolean;
  /** Of `countedMs`; null while it is not healthy. */
  readonly healthySinceMs: number | null;
  /** It was not healthy before the release, so it cannot fail the release (A16). */
  readonly isExcused: boolean;
}

/** The result of one probe; in the order of the tree's probes. */
export interface HealthAnswer {
  readonly health: HealthWord;
  readonly detail: string;
  /** Only with `progressing`. */
  readonly cause?: ProgressCause;
}

/**
 * What a `progressing` unit waits for. `release`: something of the release (a container that does not start, a rollout without progress), which
 * fails the release at the deadline. `box`: the machine (no node, no capacity, an image that cannot be pulled), which proves as little about
 * the release as a probe without an answer.
 */
export type ProgressCause = "release" | "box";

const CHECK_MS = { trial: { least: 250, most: 2_000 }, patient: { least: 2_000, most: 10_000 } };
/** Time between two answered checks beyond this was not observed. */
const GAP_MS_MAX = 30_000;
/** A watch that takes this many times its due length has observed too little for a verdict. */
const LIVES_MAX = 4;

/** `baseline`: health before the release; an object that is not in it is new. */
export function startWatch(facts: SlotFacts, baseline: Readonly<Record<string, HealthWord>>, round: number, startedAtMs: number): Watch {
  const probes = facts.probes.map(({ unit, object }) => {
    const before = Object.hasOwn(baseline, object) ? baseline[object] : undefined;
    const isExcused = before !== undefined && before !== "healthy" && before !== "unprobed";
    const unchecked = { health: "unknown", detail: "not checked yet", cause: null, wasUnhealthy: false, healthySinceMs: null } as const;
    return { unit, object, ...unchecked, isExcused };
  });
  return {
    round,
    isChecking: false,
    checkAtMs: startedAtMs,
    startedAtMs,
    checkedAtMs: null,
    isAnswered: false,
    countedMs: 0,
    livedMs: 0,
    unobservedMs: 0,
    probes,
  };
}

/** Often enough to see a flap within the shortest quiet time. DEGRADED may last for weeks, and each check costs a process. */
function checkEveryMs(facts: SlotFacts, isPatient: boolean): number {
  const quietMs = Math.min(...facts.probes.map(({ unit }) => unitOf(facts, unit).quietSeconds * 1000));
  const { least, most } = isPatient ? CHECK_MS.patient : CHECK_MS.trial;
  return Math.max(least, Math.min(most, quietMs / 4));
}

export function healthChecked(watch: Watch, facts: SlotFacts, answers: readonly HealthAnswer[], moment: Moment, isPatient = false): Watch {
  const passedMs = Math.max(0, Math.min(GAP_MS_MAX, moment.monotonicMs - (watch.checkedAtMs ?? watch.startedAtMs)));
  // A16: unknown is never healthy. Only the time between two answered checks was observed.
  const isAnswered = answers.every(({ health }) => health !== "unknown");
  const isObserved = isAnswered && answers.every((answer) => causeOf(answer) !== "box");
  const countedMs = watch.countedMs + (isObserved && watch.isAnswered ? passedMs : 0);
  const probes = watch.probes.map((probe, place) => {
    const { health, detail } = answers[place] as HealthAnswer;
    const cause = causeOf(answers[place] as HealthAnswer);
    const wasUnhealthy = probe.wasUnhealthy || health === "unhealthy" || cause === "release";
    const healthySinceMs = health === "healthy" ? (probe.healthySinceMs ?? countedMs) : null;
    return { ...probe, health, detail, cause, wasUnhealthy, healthySinceMs };
  });
  return {
    ...watch,
    isChecking: false,
    checkAtMs: moment.monotonicMs + checkEveryMs(facts, isPatient),
    checkedAtMs: moment.monotonicMs,
    isAnswered: isObserved,
    countedMs,
    livedMs: watch.livedMs + passedMs,
    unobservedMs: isObserved && watch.isAnswered ? 0 : watch.unobservedMs + passedMs,
    probes,
  };
}

function causeOf({ health, cause = "release" }: HealthAnswer): ProgressCause | null {
  return health === "progressing" ? cause : null;
}

export type WatchVerdict =
  /** Not long enough. */
  | { readonly is: "open" }
  | { readonly is: "healthy" }
  /** Observed unhealthy at the deadline. */
  | { readonly is: "unhealthy"; readonly detail: string }
  /** Nothing could be observed for so long that more waiting is useless. */
  | { readonly is: "unobserved"; readonly detail: string };

export function verdictOf(watch: Watch, facts: SlotFacts): WatchVerdict {
  const counted = watch.probes.filter(counts);
  if (counted.every((probe) => isQuiet(probe, watch, facts))) return { is: isWatchedOut(watch, facts) ? "healthy" : "open" };
  const bad = counted.find((probe) => isOverdue(probe, watch, facts));
  if (bad) return { is: "unhealthy", detail: badText(bad, unitOf(facts, bad.unit)) };
  const patienceMs = Math.max(...counted.map(({ unit }) => unitOf(facts, unit).deadlineSeconds)) * 1000;
  const quietestMs = Math.max(...counted.map(({ unit }) => unitOf(facts, unit).quietSeconds)) * 1000;
  if (watch.unobservedMs <= patienceMs && watch.livedMs <= LIVES_MAX * (patienceMs + quietestMs)) return { is: "open" };
  const unobserved = counted.find(isTheBoxes) ?? (counted[0] as ProbeWatch);
  return { is: "unobserved", detail: `the health of unit ${unobserved.unit} could not be checked for long enough: ${unobserved.detail}` };
}

/**
 * An excused probe cannot fail the release, but the release may repair the unit, so it is watched all the same: for the quiet time, and when it
 * is healthy by then, until it has been healthy for the quiet time, at most until it would be overdue.
 */
function isWatchedOut(watch: Watch, facts: SlotFacts): boolean {
  return watch.probes.every((probe) => {
    if (!probe.isExcused || probe.health === "unprobed" || isQuiet(probe, watch, facts)) return true;
    const quietMs = unitOf(facts, probe.unit).quietSeconds * 1000;
    const patienceMs = unitOf(facts, probe.unit).deadlineSeconds * 1000 + quietMs;
    if (watch.unobservedMs > quietMs || watch.livedMs > LIVES_MAX * patienceMs || watch.countedMs > patienceMs) return true;
    return probe.health !== "healthy" && watch.countedMs >= quietMs;
  });
}

/** Whether any probe can fail the tree or has become healthy. Otherwise it is committed as `unproven`. */
export function hasVerdict({ probes }: Watch): boolean {
  return probes.some((probe) => counts(probe) || probe.healthySinceMs !== null);
}

/** Before the first check every probe is `unknown`, and counts. */
function counts({ health, isExcused }: ProbeWatch): boolean {
  return health !== "unprobed" && !isExcused;
}

function isQuiet({ unit, healthySinceMs }: ProbeWatch, watch: Watch, facts: SlotFacts): boolean {
  return healthySinceMs !== null && watch.countedMs - healthySinceMs >= unitOf(facts, unit).quietSeconds * 1000;
}

/** Unhealthy at the deadline, or not quiet so long after it that it must have flapped. */
function isOverdue(probe: ProbeWatch, watch: Watch, facts: SlotFacts): boolean {
  // I11: a probe that was never unhealthy has not failed, even when few checks were answered.
  if (isTheBoxes(probe) || !probe.wasUnhealthy || isQuiet(probe, watch, facts)) return false;
  const { deadlineSeconds, quietSeconds } = unitOf(facts, probe.unit);
  const patienceSeconds = isNotHealthy(probe) ? deadlineSeconds : deadlineSeconds + quietSeconds;
  return watch.countedMs > patienceSeconds * 1000;
}

/** The result is about the box and not about the release. */
function isTheBoxes({ health, cause }: ProbeWatch): boolean {
  return health === "unknown" || cause === "box";
}

function isNotHealthy({ health }: ProbeWatch): boolean {
  return health === "unhealthy" || health === "progressing";
}

function badText(probe: ProbeWatch, { deadlineSeconds, quietSeconds }: UnitFacts): string {
  const { unit, detail } = probe;
  if (isNotHealthy(probe)) return `unit ${unit} was not healthy within ${deadlineSeconds} s: ${detail}`;
  return `unit ${unit} was not healthy for ${quietSeconds} s without a break within ${deadlineSeconds + quietSeconds} s`;
}

/** Each probe has its unit: the plan's reader checks it, and probes of agent.json for unknown units are dropped before. */
function unitOf(facts: SlotFacts, unit: string): UnitFacts {
  return facts.units[unit] as UnitFacts;
}

/** Health of each probed object: the worst result of its probes. */
export function baselineOf(probes: readonly UnitProbe[], answers: readonly HealthAnswer[]): Record<string, HealthWord> {
  const rank: readonly HealthWord[] = ["unprobed", "healthy", "progressing", "unknown", "unhealthy"];
  const worst: Record<string, HealthWord> = {};
  for (const [place, { object }] of probes.entries()) {
    const { health } = answers[place] as HealthAnswer;
    const before = worst[object];
    if (before === undefined || rank.indexOf(health) > rank.indexOf(before)) worst[object] = health;
  }
  return worst;
}
