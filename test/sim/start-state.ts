import { Box, CONFIG } from "./box.ts";
import { Chance } from "./chance.ts";
import { DiskImage } from "./disk-image.ts";
import type { Fleet } from "./fleet.ts";
import { THEIRS } from "./safety-checks.ts";
import { SimServer } from "./repository.ts";
import { comeToRest, CHECKS } from "./schedule.ts";
import { START_MS } from "./sim-time.ts";
import { Stage } from "./stage.ts";
import { Watch } from "./watch.ts";

/** A disk that a schedule may begin with, and what was promoted to make it. */
export interface Start {
  readonly name: string;
  readonly image: DiskImage;
  /** In this order, seq 1 first. */
  readonly promoted: readonly string[];
}

/** Not even the quiet story before a schedule held all checks. */
export class Unprepared extends Error {}

const STORIES: readonly (readonly string[])[] = [[], ["good-a"], ["good-a", "good-b"]];

/** Prepared by the agent itself, a day before the schedules begin: a disk that no agent ever wrote proves little. */
export async function prepareStarts(fleet: Fleet): Promise<readonly Start[]> {
  const starts: Start[] = [];
  for (const promoted of STORIES) starts.push(await prepare(fleet, promoted));
  return starts;
}

export async function prepare(fleet: Fleet, promoted: readonly string[]): Promise<Start> {
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
  const [violation] = watch.violations;
  if (violation !== undefined)
    throw new Unprepared(`the start "${promoted.join(", ")}" could not be prepared: ${violation.check}: ${violation.because}`);
  return { name: promoted.join(", ") || "a new box", image: box.image.settled(), promoted };
}

function newDisk(fleet: Fleet): DiskImage {
  const image = new DiskImage();
  for (const folder of ["/etc/skerry", "/srv/site", "/var/lib"]) image.makeFolder(folder);
  image.write(CONFIG.trust, fleet.provisionedTrust);
  image.write(THEIRS.path, THEIRS.bytes);
  return image.settled();
}
