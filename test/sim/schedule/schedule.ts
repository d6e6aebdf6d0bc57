import { type TimedAct, drawScript } from "../world/act.ts";
import { Box } from "../world/box.ts";
import { Chance } from "./chance.ts";
import { type Check, type Violation, Watch } from "../checks/watch.ts";
import type { Fleet } from "../world/fleet.ts";
import { isResting } from "../../../agent/machine/state.ts";
import { isSound } from "../world/behaviour.ts";
import { LIVENESS } from "../checks/liveness-checks.ts";
import { RULES } from "../checks/rule-checks.ts";
import { SAFETY } from "../checks/safety-checks.ts";
import { SimServer } from "../world/repository.ts";
import { drained } from "../world/sim-time.ts";
import { Stage } from "../world/stage.ts";
import type { Start } from "./start.ts";
import { replayScenario } from "./scenario.ts";

export const CHECKS: readonly Check[] = [...SAFETY, ...RULES, ...LIVENESS];

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly lines: readonly string[];
  readonly script: readonly TimedAct[];
  readonly start: string;
  readonly steps: number;
}

/** Everything that a seed decides, from the disk that it starts with to the last check. */
export async function runSeed(seed: number, fleet: Fleet, starts: readonly Start[], isTraced = false): Promise<Outcome> {
  const chance = new Chance(seed);
  const start = chance.oneOf(starts);
  const script = drawScript(chance);
  const watch = new Watch(fleet, CHECKS);
  watch.isTraced = isTraced;
  const box = new Box(start.image.settled(), new SimServer(fleet), chance.split(), watch);
  watch.box = box;
  box.mostHops = chance.oneOf([0, 0, 1, 3]);
  box.mostDiskMs = chance.is(0.08) ? chance.oneOf([15, 300]) : 0;
  watch.asksStatus = chance.is(0.05);
  const staysOn = chance.is(0.25);
  const stage = new Stage(box, watch, chance.split());
  replayScenario(start.scenario, stage);
  const lastMs = script.at(-1)?.atMs ?? 0;
  const lastsMs = chance.oneOf([1_000, 1_000, 20_000, 60_000]);
  for (const { atMs, act } of script) box.time.at(atMs, () => stage.play(act));
  box.start();
  await passUntil(watch, () => box.time.monotonicMs >= lastMs + lastsMs);
  await comeToRest(watch, stage, staysOn);
  return { violations: watch.violations, lines: watch.lines, script, start: start.scenario.name, steps: watch.steps };
}

/** The longest back-off is six hours; after a day at the most everything is done that can be done. */
const REST_MS_MAX = 26 * 3_600_000;
/** A last look and its report may follow. */
const SETTLE_MS = 5_000;
const VOID_MS_MAX = 30_000_000;
const STILL_MS = 70_000;

/** Faults end here. Then all must come right in bounded time, and with `staysOn` nothing more may happen for a while. */
export async function comeToRest(watch: Watch, stage: Stage, staysOn = true): Promise<void> {
  const { box } = watch;
  stage.endFaults();
  watch.trace("faults are over");
  const fromMs = watch.nowMs;
  let sinceMs: number | undefined;
  const isAtRest = (): boolean => {
    sinceMs = isSettled(watch, fromMs) ? (sinceMs ?? watch.nowMs) : undefined;
    return sinceMs !== undefined && watch.nowMs >= sinceMs + SETTLE_MS;
  };
  // A slot that counts as void stays so.
  const isHopeless = (): boolean =>
    (box.machine?.memory.currentIsVoid === true || watch.rotten.has("slot")) && watch.nowMs > fromMs + VOID_MS_MAX;
  await passUntil(watch, () => isAtRest() || isHopeless() || watch.nowMs > fromMs + REST_MS_MAX);
  if (watch.violations.length > 0) return;
  if (!isSettled(watch, fromMs)) {
    if (box.machine?.phase === "CHECK" && box.machine.memory.watch === null) {
      return watch.fail("L3 CHECK ends, also when the current slot could not be read", describe(watch));
    }
    const isVoid = box.machine?.memory.currentIsVoid === true;
    // No other copy was left to go back to.
    if (isVoid && watch.rotten.has("slot")) return;
    if (isVoid) return watch.fail("L1 a slot that could not be read for a moment is read again", describe(watch));
    if (box.machine?.memory.rolloutTrouble?.reason === "storage-failed" && watch.rotten.has("slot")) {
      return watch.fail("L2 a candidate whose slot rots is fetched again", describe(watch));
    }
    return watch.fail("L3 everything ends in bounded time", `after ${REST_MS_MAX} ms: ${describe(watch)}`);
  }
  watch.rest();
  if (!staysOn) return;
  const { changes } = box;
  const { isReportLost } = watch;
  const stillMs = watch.nowMs;
  await passUntil(watch, () => watch.nowMs > stillMs + STILL_MS);
  // Before the first COMMIT a bad release is tried for ever, and each try writes; DEGRADED may still end well; a lost report is said again.
  if (isReportLost || watch.journal?.state === "DEGRADED" || box.machine?.phase === "DEGRADED" || isLate(watch)) return;
  if (watch.journal?.current === null && watch.journal.candidate !== null) return;
  if (box.changes !== changes) watch.fail("L4 at rest nothing is written", `${box.changes - changes} disk calls that change something`);
}

/** Unwell for so long that it counts as failed, and well in the end. */
function isLate(watch: Watch): boolean {
  return watch.treeBy(watch.journal?.current?.tree)?.nature.behaviour === "late";
}

/** Lets time pass until `isOver` holds or a check failed. */
export async function passUntil(watch: Watch, isOver: () => boolean): Promise<void> {
  const { time } = watch.box;
  while (true) {
    await drained();
    if (watch.violations.length > 0 || isOver()) return;
    if (!time.pass()) return watch.fail("L4 the agent goes on", "nothing is under way and no timer is set");
  }
}

/** It polled since the faults ended, compared the target with the slot, and waits for nothing but time. */
function isSettled(watch: Watch, fromMs: number): boolean {
  const { machine, server } = watch.box;
  if (machine === undefined || !isQuietPhase(machine.phase)) return false;
  // L5: a report that the disk refused is said again after a minute.
  if (watch.isReportLost) return false;
  const { journal, memory } = machine;
  if (machine.phase === "RETIRED") return memory.reported !== null;
  if (memory.judged?.site !== server.honest.site || memory.judged?.trust !== server.honest.trust || memory.pollTrouble !== null)
    return false;
  const runs = watch.treeBy(journal.current?.tree)?.nature;
  const waits = watch.treeBy(journal.candidate?.tree)?.nature;
  // Before the first COMMIT a bad release is tried for ever; over changed data it stays.
  if (journal.current === null && waits !== undefined)
    return !isSound(waits) && journal.retryAt !== null && watch.nowMs > fromMs + PROVISIONING_MS;
  // Going back to a tree that was never sound ends in DEGRADED, and the slot of the failed release is kept until that ends.
  if (machine.phase === "DEGRADED") return runs !== undefined && !isSound(runs) && watch.nowMs > fromMs + LOOP_MS;
  if (waits !== undefined) return false;
  return journal.current === null || watch.healedMs > fromMs;
}

const LOOP_MS = 65_000;
/** Long enough for one more trial of a release that cannot succeed. */
const PROVISIONING_MS = 1_200_000;

/** As `isSettled`, without a word from the repository: it rests, and target and slot were compared. */
export function isStill({ box, healedMs }: Watch, fromMs: number): boolean {
  const { machine } = box;
  if (machine === undefined || !isQuietPhase(machine.phase) || machine.memory.isReconciling) return false;
  if (machine.phase === "RETIRED") return true;
  return machine.journal.current === null ? machine.memory.polls > 0 : healedMs > fromMs;
}

function isQuietPhase(phase: string): boolean {
  return isResting(phase as Parameters<typeof isResting>[0]) || phase === "DEGRADED" || phase === "RETIRED";
}

function describe({ box }: Watch): string {
  const { machine } = box;
  if (machine === undefined) return "the agent does not run";
  const { phase, journal, memory } = machine;
  const wrong = [memory.trustTrouble, memory.rolloutTrouble, memory.driftTrouble, memory.refusal, memory.pollTrouble].flatMap(
    (trouble) => trouble ?? [],
  );
  return `${phase}, candidate ${JSON.stringify(journal.candidate)}, ${JSON.stringify(wrong)}`;
}
