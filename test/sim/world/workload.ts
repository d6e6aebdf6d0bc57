import type { ProbeAnswer, Probes } from "../../../agent/probes/probes.ts";
import { FLAP_SECONDS, LATE_SECONDS, natureOf, NATURES, SLOW_SECONDS, START_SECONDS, type Behaviour } from "./behaviour.ts";
import type { DiskImage } from "./disk-image.ts";
import type { Life } from "./life.ts";
import { never, type SimTime } from "./sim-time.ts";

export const TARGET = "/srv/site/current";
const SETTINGS = `${TARGET}/manifests/40-apps/boards/configmap_boards_settings.yaml`;

/** What runs at the site, told by the files that lie in the target, and since when it runs: a power cut starts it again. */
export class Workload {
  nature: string | undefined;
  sinceMs = 0;
  /** The box cannot ask: nothing is known, and nothing may be concluded. */
  isBlind = false;
  /** The box has no room: whatever runs waits for it. */
  isHeld = false;
  /** Unhealthy until then, whatever tree it is: a sick neighbour, a full database. */
  sickUntilMs = 0;
  readonly #time: SimTime;

  constructor(time: SimTime) {
    this.#time = time;
  }

  look(image: DiskImage): void {
    const nature = natureIn(image.tryRead(SETTINGS));
    if (nature === this.nature) return;
    this.nature = nature;
    this.sinceMs = this.#time.monotonicMs;
  }

  restart(image: DiskImage): void {
    this.nature = natureIn(image.tryRead(SETTINGS));
    this.sinceMs = this.#time.monotonicMs;
  }

  /** As a look finds it. */
  get answer(): Pick<ProbeAnswer, "health" | "cause"> {
    if (this.isBlind) return { health: "unknown" };
    if (this.isHeld) return { health: "progressing", cause: "box" };
    const isStuck = this.nature !== undefined && natureOf(this.nature).behaviour === "stuck" && this.#time.monotonicMs >= this.sickUntilMs;
    if (isStuck) return { health: "progressing", cause: "release" };
    return { health: this.isHealthy ? "healthy" : "unhealthy" };
  }

  get isHealthy(): boolean {
    if (this.nature === undefined || this.#time.monotonicMs < this.sickUntilMs) return false;
    return isHealthyAfter(natureOf(this.nature).behaviour, (this.#time.monotonicMs - this.sinceMs) / 1000);
  }
}

function isHealthyAfter(behaviour: Behaviour, seconds: number): boolean {
  switch (behaviour) {
    case "good":
    case "deadly":
      return seconds >= START_SECONDS;
    case "slow":
      return seconds >= SLOW_SECONDS;
    case "late":
      return seconds >= LATE_SECONDS;
    case "flapping":
      return Math.floor(seconds / FLAP_SECONDS) % 2 === 1;
    case "bad":
    case "stuck":
      return false;
  }
}

const told = new WeakMap<Buffer, string | undefined>();

function natureIn(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  if (!told.has(bytes)) {
    const name = /nature: "([a-z-]+)"/.exec(bytes.toString("latin1"))?.[1];
    // A bit that fell may have made another word of it.
    told.set(bytes, NATURES.some((nature) => nature.name === name) ? name : undefined);
  }
  return told.get(bytes);
}

/** What the probe port answered, for whoever checks the verdict. */
export interface Answer {
  readonly atMs: number;
  readonly nature: string | undefined;
  readonly health: ProbeAnswer["health"];
}

const PROBE_MS = 40;

/** The probe port over the model. Asking a `deadly` tree ends the agent, as a tree that eats all memory does. */
export function simProbes(workload: Workload, time: SimTime, life: Life, onAnswer: (answer: Answer) => void, die: () => void): Probes {
  return {
    async ask(_probe, signal) {
      if (!life.isAlive) return never();
      await time.clockOf(life).sleep(PROBE_MS, signal);
      const { nature } = workload;
      if (nature !== undefined && natureOf(nature).behaviour === "deadly") {
        die();
        return never();
      }
      const answer = signal.aborted ? { health: "unknown" as const } : workload.answer;
      onAnswer({ atMs: time.monotonicMs, nature, health: answer.health });
      return { ...answer, detail: `the workload is ${answer.health}` };
    },
  };
}
