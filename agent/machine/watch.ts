import type { HealthWord } from "../../wire/index.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts, UnitFacts, UnitProbe } from "./slot-facts.ts";

/**
 * The health of a tree while it is watched. All pure: looks go in, a verdict comes out. Time is what the monotonic clock says passed
 * between two looks that were answered (R4): a box that slept, or that could not ask, has observed nothing.
 */
export interface Watch {
  readonly round: number;
  /** Whether a look is under way. */
  readonly isChecking: boolean;
  readonly checkAtMs: number;
  readonly startedAtMs: number;
  /** Of the last look; null before the first. */
  readonly checkedAtMs: number | null;
  /** The last look was answered by every probe. */
  readonly isAnswered: boolean;
  /** Observed time since the start. */
  readonly countedMs: number;
  /** All time that looks took and lay apart, but for gaps. */
  readonly livedMs: number;
  /** How long nothing was observed, since time last counted. */
  readonly unaskedMs: number;
  readonly probes: readonly ProbeWatch[];
}

export interface ProbeWatch {
  readonly unit: string;
  readonly object: string;
  readonly health: HealthWord;
  readonly detail: string;
  /** Why it is on its way and not healthy yet; null for every other health. */
  readonly cause: ProgressCause | null;
  /** It was at least once not healthy for a cause of the release's own. */
  readonly wasUnhealthy: boolean;
  /** Of `countedMs`; null while it is not healthy. */
  readonly healthySinceMs: number | null;
  /** It was not healthy before the release came, so it fails no release (A16). */
  readonly isExcused: boolean;
}

/** What a look at one probe found; in the order of the tree's probes. */
export interface HealthAnswer {
  readonly health: HealthWord;
  readonly detail: string;
  /** Of `progressing` alone. */
  readonly cause?: ProgressCause;
}

/**
 * What something that is not ready yet waits for. `release`: for what the release brought (a container that does not start, a rollout that
 * does not move), which becomes its fault at the deadline. `box`: for the machine (no node, no room, an image that no registry gives), which
 * says as little of the release as a question that could not be asked.
 */
export type ProgressCause = "release" | "box";

const CHECK_MS = { trial: { least: 250, most: 2_000 }, patient: { least: 2_000, most: 10_000 } };
/** More than this between two answered looks was not observed. */
const GAP_MS_MAX = 30_000;
/** A watch that lasts so many times as long as it should observes too little to be right about anything. */
const LIVES_MAX = 4;

/** `baseline`: health before the release; what is not in it is new. */
export function startWatch(facts: SlotFacts, baseline: Readonly<Record<string, HealthWord>>, round: number, startedAtMs: number): Watch {
  const probes = facts.probes.map(({ unit, object }) => {
    const before = Object.hasOwn(baseline, object) ? baseline[object] : undefined;
    const isExcused = before !== undefined && before !== "healthy" && before !== "unprobed";
    const unasked = { health: "unknown", detail: "not asked yet", cause: null, wasUnhealthy: false, healthySinceMs: null } as const;
    return { unit, object, ...unasked, isExcused };
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
    unaskedMs: 0,
    probes,
  };
}

/** Often enough to see a flap within the shortest quiet time. DEGRADED may last for weeks, and each look costs a process. */
function checkEveryMs(facts: SlotFacts, isPatient: boolean): number {
  const quietMs = Math.min(...facts.probes.map(({ unit }) => unitOf(facts, unit).quietSeconds * 1000));
  const { least, most } = isPatient ? CHECK_MS.patient : CHECK_MS.trial;
  return Math.max(least, Math.min(most, quietMs / 4));
}

export function healthChecked(watch: Watch, facts: SlotFacts, answers: readonly HealthAnswer[], moment: Moment, isPatient = false): Watch {
  const passedMs = Math.max(0, Math.min(GAP_MS_MAX, moment.monotonicMs - (watch.checkedAtMs ?? watch.startedAtMs)));
  // A16: unknown is never healthy. Only time between two answers was observed; that of a look that could not be made is nobody's.
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
    unaskedMs: isObserved && watch.isAnswered ? 0 : watch.unaskedMs + passedMs,
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
  /** Observed unhealthy within its own time. */
  | { readonly is: "unhealthy"; readonly detail: string }
  /** Nothing could be observed for so long that waiting helps nobody. */
  | { readonly is: "unasked"; readonly detail: string };

export function verdictOf(watch: Watch, facts: SlotFacts): WatchVerdict {
  const counted = watch.probes.filter(counts);
  if (counted.every((probe) => isQuiet(probe, watch, facts))) return { is: isWatchedOut(watch, facts) ? "healthy" : "open" };
  const bad = counted.find((probe) => isOverdue(probe, watch, facts));
  if (bad) return { is: "unhealthy", detail: badText(bad, unitOf(facts, bad.unit)) };
  const patienceMs = Math.max(...counted.map(({ unit }) => unitOf(facts, unit).deadlineSeconds)) * 1000;
  const quietestMs = Math.max(...counted.map(({ unit }) => unitOf(facts, unit).quietSeconds)) * 1000;
  if (watch.unaskedMs <= patienceMs && watch.livedMs <= LIVES_MAX * (patienceMs + quietestMs)) return { is: "open" };
  const unasked = counted.find(isTheBoxes) ?? (counted[0] as ProbeWatch);
  return { is: "unasked", detail: `unit ${unasked.unit} could not be asked for long enough: ${unasked.detail}` };
}

/**
 * What was not healthy before the release came cannot fail it, but a release that may be the cure is watched all the same: for the unit's quiet
 * time, and where it is healthy by then until it was so for as long, at most until it would be overdue.
 */
function isWatchedOut(watch: Watch, facts: SlotFacts): boolean {
  return watch.probes.every((probe) => {
    if (!probe.isExcused || probe.health === "unprobed" || isQuiet(probe, watch, facts)) return true;
    const quietMs = unitOf(facts, probe.unit).quietSeconds * 1000;
    const patienceMs = unitOf(facts, probe.unit).deadlineSeconds * 1000 + quietMs;
    if (watch.unaskedMs > quietMs || watch.livedMs > LIVES_MAX * patienceMs || watch.countedMs > patienceMs) return true;
    return probe.health !== "healthy" && watch.countedMs >= quietMs;
  });
}

/** Whether there is anything that could fail, or that became healthy. Without it a tree is committed as `unproven`. */
export function hasVerdict({ probes }: Watch): boolean {
  return probes.some((probe) => counts(probe) || probe.healthySinceMs !== null);
}

/** Before the first look everything is `unknown`, and counts. */
function counts({ health, isExcused }: ProbeWatch): boolean {
  return health !== "unprobed" && !isExcused;
}

function isQuiet({ unit, healthySinceMs }: ProbeWatch, watch: Watch, facts: SlotFacts): boolean {
  return healthySinceMs !== null && watch.countedMs - healthySinceMs >= unitOf(facts, unit).quietSeconds * 1000;
}

/** Bad at the deadline, or so long after it not quiet that it must have flapped. */
function isOverdue(probe: ProbeWatch, watch: Watch, facts: SlotFacts): boolean {
  // I11: one that was only ever healthy or not asked has not failed, however little was seen of it.
  if (isTheBoxes(probe) || !probe.wasUnhealthy || isQuiet(probe, watch, facts)) return false;
  const { deadlineSeconds, quietSeconds } = unitOf(facts, probe.unit);
  const patienceSeconds = isNotHealthy(probe) ? deadlineSeconds : deadlineSeconds + quietSeconds;
  return watch.countedMs > patienceSeconds * 1000;
}

/** It says something of the box and nothing of the release. */
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

/** The plan's reader lets no probe through without its unit; a probe of agent.json for a unit that is not there is dropped before. */
function unitOf(facts: SlotFacts, unit: string): UnitFacts {
  return facts.units[unit] as UnitFacts;
}

/** Health of each object that is looked at: the worst that any of its probes said. */
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
