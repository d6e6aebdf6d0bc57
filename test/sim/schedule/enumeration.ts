import { Box } from "../world/box.ts";
import { Chance } from "./chance.ts";
import type { Cut, DiskImage } from "../world/disk-image.ts";
import type { Fleet } from "../world/fleet.ts";
import { nameOf } from "../checks/liveness-checks.ts";
import type { ReleasePath } from "./release-path.ts";
import { SimServer, type Tips } from "../world/repository.ts";
import { CHECKS, comeToRest, isStill, passUntil } from "./schedule.ts";
import { START_MS } from "../world/sim-time.ts";
import { Stage } from "../world/stage.ts";
import { newDisk, prepare } from "./start-state.ts";
import { scenario } from "./scenario.ts";
import { Watch } from "../checks/watch.ts";

/** How a power cut is tried at each point; what is torn is drawn anew each time. */
const CUTS: readonly Cut[] = ["lost", "kept", "torn", "torn"];

/** A disk that a power cut left, and all that the checks knew then. */
interface Crash {
  readonly image: DiskImage;
  readonly watch: Watch;
  readonly tips: Tips;
  /** `update 37 torn, then 12 lost`: how it came about. */
  readonly scenario: string;
}

export interface PathResult {
  readonly path: string;
  readonly thread: number;
  /** Points at which the power was cut, times the ways in which it was. */
  readonly points: number;
  /** Different disks that were left, once and again. */
  readonly disks: number;
  readonly secondPoints: number;
  readonly secondDisks: number;
  readonly runs: number;
  readonly faults: readonly string[];
}

/** Which crashes a thread runs: of the first ones every `threads`-th, and of those the second ones of every `share`-th. */
export interface Share {
  readonly thread: number;
  readonly threads: number;
  /** 0 for none. */
  readonly share: number;
}

/**
 * Cuts the power before every disk call of a release path, and again before every disk call of each recovery. Disks that are byte for byte
 * the same recover in the same way, so each is tried once.
 */
export async function enumeratePath(path: ReleasePath, fleet: Fleet, share: Share, isTraced = false): Promise<PathResult> {
  const first = new Crashes(new Chance(7));
  const faults: string[] = [];
  faults.push(...(await runPath(path, fleet, first)));
  const second = new Crashes(new Chance(11));
  let runs = 1;
  for (const [index, crash] of first.all.entries()) {
    if (index % share.threads !== share.thread) continue;
    const goesOn = share.share > 0 && Math.floor(index / share.threads) % share.share === 0;
    faults.push(...(await recover(crash, path, fleet, goesOn ? second : undefined, isTraced)));
    runs++;
    if (faults.length > 0) break;
  }
  for (const crash of faults.length > 0 ? [] : second.all) {
    faults.push(...(await recover(crash, path, fleet, undefined, isTraced)));
    runs++;
    if (faults.length > 0) break;
  }
  const { points, all } = first;
  return {
    path: path.name,
    thread: share.thread,
    points,
    disks: all.length,
    secondPoints: second.points,
    secondDisks: second.all.length,
    runs,
    faults,
  };
}

/** The longest path has some two hundred. */
const POINTS_MAX = 2_000;

/** All disks that power cuts may leave, each once. */
class Crashes {
  readonly all: Crash[] = [];
  points = 0;
  readonly #chance: Chance;
  readonly #seen = new Set<string>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Takes a disk for every way in which the power may go before each change that `watch` sees. */
  listen(watch: Watch, scenario: string): void {
    let point = 0;
    watch.atChange = () => {
      if (++point > POINTS_MAX)
        return watch.fail("L4 a release path has an end", `${scenario}: more than ${POINTS_MAX} changes of the disk`);
      for (const cut of CUTS) this.#add(watch, watch.box.image.afterCut(cut, this.#chance), `${scenario} ${point} ${cut}`);
    };
  }

  #add(watch: Watch, image: DiskImage, scenario: string): void {
    this.points++;
    const print = `${watch.journal?.record} ${image.print}`;
    if (this.#seen.has(print)) return;
    this.#seen.add(print);
    const kept = new Watch(watch.fleet, watch.checks);
    kept.inherit(watch);
    this.all.push({ image, watch: kept, tips: watch.box.server.honest, scenario });
  }
}

async function runPath(path: ReleasePath, fleet: Fleet, crashes: Crashes): Promise<string[]> {
  const image = path.isFromStart ? newDisk(fleet) : (await prepare(fleet, scenario(path.before))).image.settled();
  const watch = new Watch(fleet, CHECKS);
  const box = new Box(image, new SimServer(fleet), new Chance(3), watch);
  watch.box = box;
  const stage = new Stage(box, watch, new Chance(0));
  for (const nature of path.before) stage.promote(nature);
  if (path.isFromStart) crashes.listen(watch, path.name);
  box.start();
  await passUntil(watch, () => isStill(watch, 0));
  path.begin(stage);
  if (path.isDiskFull) await pollOnFullDisk(watch);
  if (!path.isFromStart) crashes.listen(watch, path.name);
  box.runner?.pollNow();
  await comeToRest(watch, stage);
  return faultsOf(watch, path.name);
}

async function pollOnFullDisk(watch: Watch): Promise<void> {
  const { box } = watch;
  box.faults.isFull = true;
  box.runner?.pollNow();
  await passUntil(watch, () => box.machine?.memory.pollTrouble?.reason === "disk-full");
  box.faults.isFull = false;
}

const OFFLINE_MS_MAX = 3_600_000;

/** First without a network: a site has to come right by itself. Then with it: what was promoted has to arrive. */
async function recover(crash: Crash, path: ReleasePath, fleet: Fleet, crashes: Crashes | undefined, isTraced: boolean): Promise<string[]> {
  const watch = new Watch(fleet, CHECKS);
  watch.inherit(crash.watch);
  watch.isTraced = isTraced;
  const server = new SimServer(fleet);
  // Every recovery begins at one moment, so that equal disks stay equal.
  const box = new Box(crash.image.settled(), server, new Chance(5), watch, START_MS + OFFLINE_MS_MAX);
  watch.box = box;
  server.honest = crash.tips;
  server.line = { state: "offline", delayMs: 200 };
  crashes?.listen(watch, `${crash.scenario}, then`);
  box.start();
  await passUntil(watch, () => isStill(watch, 0) || watch.nowMs > OFFLINE_MS_MAX);
  checkOffline(watch, path);
  watch.atChange = () => undefined;
  await comeToRest(watch, new Stage(box, watch, new Chance(0)));
  return faultsOf(watch, crash.scenario);
}

function checkOffline(watch: Watch, path: ReleasePath): void {
  if (watch.violations.length > 0) return;
  if (!isStill(watch, 0)) return watch.fail("L3 everything ends in bounded time", "offline, after an hour");
  const { visible, journal } = watch;
  const shown = visible === undefined || visible === "mixture" ? visible : visible.nature.name;
  if (!path.ends.includes(shown) && !watch.isExcused)
    watch.fail("I2 at rest the target is exactly the old release or the new", `it shows ${shown}`);
  const named = journal?.current ? nameOf(watch, journal.current.tree) : undefined;
  const isRetired = watch.treeBy(journal?.current?.tree)?.nature.retired != null;
  if (named !== undefined && named !== shown && !isRetired)
    watch.fail("I2 the journal names what the target shows", `${named}, and it shows ${shown}`);
}

function faultsOf(watch: Watch, scenario: string): string[] {
  return watch.violations.map(({ check, because }) => [`${scenario}: ${check}: ${because}`, ...watch.lines].join("\n"));
}
