import { Box, CONFIG } from "../world/box.ts";
import { Chance } from "./chance.ts";
import { DiskImage } from "../world/disk-image.ts";
import type { Fleet } from "../world/fleet.ts";
import { THEIRS } from "../checks/safety-checks.ts";
import { SimServer } from "../world/repository.ts";
import { comeToRest, CHECKS } from "./schedule.ts";
import { START_MS } from "../world/sim-time.ts";
import { Stage } from "../world/stage.ts";
import type { Start } from "./start.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { Watch } from "../checks/watch.ts";

/** Not even the quiet story before a schedule held all checks. */
export class Unprepared extends Error {}

const SCENARIOS: readonly Scenario[] = [
  scenario([]),
  scenario(["good-a"]),
  scenario(["good-a", "good-b"]),
  { name: "good-c under trust 3", promoted: ["good-c"], trust: 3 },
];

/** Prepared by the agent itself, a day before the schedules begin: a disk that no agent ever wrote proves little. */
export async function prepareStarts(fleet: Fleet): Promise<readonly Start[]> {
  const starts: Start[] = [];
  for (const told of SCENARIOS) starts.push(await prepare(fleet, told));
  return starts;
}

export async function prepare(fleet: Fleet, told: Scenario): Promise<Start> {
  const { name, promoted, trust } = told;
  const watch = new Watch(fleet, CHECKS);
  const box = new Box(newDisk(fleet), new SimServer(fleet), new Chance(promoted.length), watch, START_MS - 86_400_000 / 24);
  watch.box = box;
  const stage = new Stage(box, watch, new Chance(0));
  box.start();
  if (promoted.length === 0) await comeToRest(watch, stage);
  for (const nature of promoted) {
    stage.promote(nature);
    await comeToRest(watch, stage);
  }
  if (trust > 1) {
    stage.raiseTrust(trust);
    await comeToRest(watch, stage);
  }
  const [violation] = watch.violations;
  if (violation !== undefined) throw new Unprepared(`the start "${name}" could not be prepared: ${violation.check}: ${violation.because}`);
  return { image: box.image.settled(), scenario: told };
}

/** As it was provisioned: no agent was ever here. */
export function newDisk(fleet: Fleet): DiskImage {
  const image = new DiskImage();
  for (const folder of ["/etc/skerry", "/srv/site", "/var/lib"]) image.makeFolder(folder);
  image.write(CONFIG.trust, fleet.provisionedTrust);
  image.write(THEIRS.path, THEIRS.bytes);
  return image.settled();
}
