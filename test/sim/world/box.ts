import { dirname } from "node:path";
import { type Random, WorldError } from "../../../core/index.ts";
import type { LogLine } from "../../../agent/log-line.ts";
import type { Machine } from "../../../agent/machine/state.ts";
import { Runner } from "../../../agent/runner.ts";
import { JournalRefused } from "../../../agent/store/journal-refused.ts";
import { loadMachine, openContext } from "../../../agent/start.ts";
import type { Target } from "../../../agent/targets/target.ts";
import type { AgentContext } from "../../../agent/context.ts";
import type { AgentConfig } from "../../../wire/index.ts";
import type { Chance } from "../schedule/chance.ts";
import type { Cut, DiskImage } from "./disk-image.ts";
import { FLEET, SITE } from "./fleet.ts";
import { ImageStore, simImages } from "./image-store.ts";
import type { Life } from "./life.ts";
import { type SimServer, simRepository } from "./repository.ts";
import { changes, type DiskCall, type DiskWorld, MEMORY_FOLDER, simDisk } from "./sim-disk.ts";
import { SimTime } from "./sim-time.ts";
import { type Answer, simProbes, TARGET, Workload } from "./workload.ts";

export const STATE = "/var/lib/skerry";
export const REPORT = `${STATE}/report.json`;
export const BOOT_ID = "/proc/sys/kernel/random/boot_id";

export const CONFIG: AgentConfig = {
  format: "skerry.agent/1",
  fleet: FLEET,
  site: SITE,
  // Its password must stand nowhere.
  repository: "https://box:canary-7f3a9c@git.example/fleet.git",
  state: STATE,
  cache: MEMORY_FOLDER,
  trust: "/etc/skerry/trust.json",
  seqFloor: 1,
  target: { directory: { path: TARGET, mode: "plain" } },
  services: { "boards/boards:80": "http://127.0.0.1:8080" },
  probes: {},
  report: REPORT,
};

/** Who looks on: everything that the box does passes here. */
export interface Onlooker {
  diskBefore(call: DiskCall): void;
  diskAfter(call: DiskCall): void;
  step(before: Machine | undefined, after: Machine): void;
  answered(answer: Answer): void;
  fetching(): void;
  logged(line: LogLine): void;
  started(isNewBoot: boolean): void;
  /** An exception that no fault of the world explains. */
  threw(error: unknown): void;
  killed(): void;
  /** The disk refused the journal; all is read again from the disk after a while. */
  refused(detail: string): void;
  /** By so many the number of tasks that write to the target grew. */
  writing(by: 1 | -1): void;
  trace(line: string): void;
}

/** Faults that last until they are lifted. */
export interface Faults {
  isFull: boolean;
  isReadOnly: boolean;
  /** Probability of EIO at a flush. */
  syncFails: number;
  /** Probability of EIO at any other call that reads or writes. */
  ioFails: number;
}

const RESTART_MS = 30_000;
const BOOT_MS = 25_000;
const REFUSED_MS = 60_000;
const ROOMY_BYTES = 1_000_000_000;

/** One box at one site: a disk, a clock, a line, a workload, and the real agent between them. */
export class Box implements DiskWorld {
  readonly time: SimTime;
  readonly server: SimServer;
  readonly workload: Workload;
  readonly images = new ImageStore();
  readonly faults: Faults = { isFull: false, isReadOnly: false, syncFails: 0, ioFails: 0 };
  readonly onlooker: Onlooker;
  image: DiskImage;
  runner: Runner | undefined;
  boot = 1;
  /** Disk calls that changed something. */
  changes = 0;
  /** The power goes after so many more of them. */
  cutIn: { calls: number; readonly cut: Cut | "kill" } | undefined;
  mostHops = 0;
  /** A slow disk: others come between its calls, and time passes. */
  mostDiskMs = 0;
  readonly #chance: Chance;
  #life: Life = { isAlive: false };
  /** As it was last looked at; undefined before the first step of a run. */
  #seen: Machine | undefined;
  #loaded: Machine | undefined;

  constructor(image: DiskImage, server: SimServer, chance: Chance, onlooker: Onlooker, startMs?: number) {
    this.#chance = chance;
    this.time = new SimTime(startMs);
    this.server = server;
    this.onlooker = onlooker;
    this.workload = new Workload(this.time);
    this.image = image;
    this.#adopt(image);
  }

  /** As of the last step whose journal is durable; undefined while no agent works. */
  get machine(): Machine | undefined {
    const machine = this.runner?.machine;
    return machine === this.#loaded ? undefined : machine;
  }

  get isAlive(): boolean {
    return this.#life.isAlive;
  }

  get freeBytes(): number {
    return this.faults.isFull ? 0 : ROOMY_BYTES;
  }

  get bootId(): string {
    return `00000000-0000-4000-8000-${String(this.boot).padStart(12, "0")}`;
  }

  start(isNewBoot = true): void {
    const life: Life = { isAlive: true };
    this.#life = life;
    this.onlooker.started(isNewBoot);
    void this.#live(life).catch((error: unknown) => life.isAlive && this.onlooker.threw(error));
  }

  /** The power goes. What is left of the disk is read at the next boot. */
  cut(cut: Cut, bootMs = BOOT_MS): void {
    this.onlooker.trace(`power cut: unsynced ${cut}`);
    this.#die();
    this.boot++;
    this.#adopt(this.image.afterCut(cut, this.#chance));
    this.time.at(this.time.monotonicMs + bootMs, () => this.start());
  }

  /** The end of the schedule: nothing that the agent asks for is answered any more. */
  halt(): void {
    this.#life.isAlive = false;
  }

  /** The process alone ends: the kernel still has everything that it was given. */
  kill(restartMs = RESTART_MS): void {
    this.onlooker.killed();
    this.#die();
    this.time.at(this.time.monotonicMs + restartMs, () => this.start(false));
  }

  /** Somebody at the box changes the target, or the disk rots. */
  change(work: (image: DiskImage) => void): void {
    work(this.image);
    this.workload.look(this.image);
  }

  /**
   * Tells the onlooker of a step. Asked before each port call, of which every step makes one (the runner draws a fraction for it), so none
   * is missed and none is told after what it led to.
   */
  observe(): void {
    const { machine } = this;
    if (machine === undefined || machine === this.#seen) return;
    const before = this.#seen;
    this.#seen = machine;
    this.onlooker.step(before, machine);
  }

  before(call: DiskCall): string | undefined {
    this.observe();
    this.onlooker.diskBefore(call);
    if (changes(call)) {
      if (this.cutIn !== undefined && this.cutIn.calls-- <= 0) {
        const { cut } = this.cutIn;
        this.cutIn = undefined;
        if (cut === "kill") this.kill();
        else this.cut(cut);
        return undefined;
      }
      this.changes++;
    }
    return call.path.startsWith(`${MEMORY_FOLDER}/`) || call.path.startsWith("/proc/") ? undefined : this.#faultOf(call);
  }

  after(call: DiskCall): void {
    if (call.path.startsWith("/srv/") && changes(call)) this.workload.look(this.image);
    this.onlooker.diskAfter(call);
  }

  hops(): number {
    return this.mostHops === 0 ? 0 : this.#chance.below(this.mostHops + 1);
  }

  async wait(life: Life): Promise<void> {
    if (this.mostDiskMs > 0) await this.time.clockOf(life).sleep(this.#chance.between(1, this.mostDiskMs));
  }

  #faultOf(call: DiskCall): string | undefined {
    const { isFull, isReadOnly, syncFails, ioFails } = this.faults;
    if (isReadOnly && changes(call) && call.op !== "syncFile" && call.op !== "syncFolder") return "EROFS";
    if (syncFails > 0 && call.op === "syncFile" && this.#chance.is(syncFails)) {
      this.image.failSync(call.path);
      return "EIO";
    }
    if (syncFails > 0 && call.op === "syncFolder" && this.#chance.is(syncFails)) return "EIO";
    if (isFull && (call.op === "write" || call.op === "makeFolder" || call.op === "link")) {
      // A full disk takes the name and no bytes.
      if (call.op === "write") this.#tryWriteNothing(call.path);
      return "ENOSPC";
    }
    return ioFails > 0 && this.#chance.is(ioFails) ? "EIO" : undefined;
  }

  #tryWriteNothing(path: string): void {
    try {
      this.image.write(path, Buffer.alloc(0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #die(): void {
    this.observe();
    this.#life.isAlive = false;
    this.runner = undefined;
    this.cutIn = undefined;
  }

  #adopt(image: DiskImage): void {
    this.image = image;
    image.nowMs = () => this.time.wallMs;
    image.makeMemory(MEMORY_FOLDER);
    image.makeMemory("/proc");
    image.makeFolder(dirname(BOOT_ID));
    image.write(BOOT_ID, Buffer.from(`${this.bootId}\n`));
    this.workload.restart(image);
  }

  /** The process, as its supervisor sees it: what ends with a word is started again after a while. */
  async #live(life: Life): Promise<void> {
    try {
      const context = await this.#open(life);
      for (let isDoubtful = false; life.isAlive; isDoubtful = true) await this.#work(context, life, isDoubtful);
    } catch (error) {
      if (!life.isAlive) return;
      const isWord = error instanceof WorldError || (error as NodeJS.ErrnoException).code !== undefined;
      if (!isWord) throw error;
      this.onlooker.trace(`the agent ends: ${(error as Error).message}`);
      this.kill();
    }
  }

  /** After a refusal of the journal all is read again from the disk. */
  async #work(context: AgentContext, life: Life, isDoubtful: boolean): Promise<void> {
    try {
      const { machine, started } = await loadMachine(context, false, isDoubtful);
      const runner = new Runner(context, machine);
      this.#loaded = machine;
      this.#seen = undefined;
      this.runner = runner;
      await runner.run(started, new AbortController().signal, false);
    } catch (error) {
      if (!(error instanceof JournalRefused)) throw error;
      this.runner = undefined;
      this.onlooker.refused(error.message);
      await this.time.clockOf(life).sleep(REFUSED_MS);
    }
  }

  #random(): Random {
    const port = this.#chance.split().asPort();
    return { ...port, fraction: () => (this.observe(), port.fraction()) };
  }

  async #open(life: Life): Promise<AgentContext> {
    const disk = simDisk(this, life);
    const log = (line: LogLine): void => this.onlooker.logged(line);
    const process = { env: () => undefined, workingFolder: "/", pid: 1 };
    const clock = this.time.clockOf(life);
    const context = await openContext(CONFIG, { clock, random: this.#random(), disk, process, log });
    const die = (): void => this.kill();
    return {
      ...context,
      target: countedTarget(context.target, this.onlooker),
      repository: simRepository(this.server, this.time, life, () => (this.observe(), this.onlooker.fetching())),
      images: simImages(this.images, this.time, life),
      probes: simProbes(this.workload, this.time, life, (answer) => (this.observe(), this.onlooker.answered(answer)), die),
    };
  }
}

/** Counts the tasks that are in the target at one time. */
function countedTarget(target: Target, onlooker: Onlooker): Target {
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    onlooker.writing(1);
    try {
      return await work();
    } finally {
      onlooker.writing(-1);
    }
  };
  return {
    settleSeconds: target.settleSeconds,
    dryRun: (tree) => target.dryRun(tree),
    apply: (tree, retained, isFirst) => counted(() => target.apply(tree, retained, isFirst)),
    reconcile: (tree, retained) => counted(() => target.reconcile(tree, retained)),
    prune: (tree, retained, gone) => counted(() => target.prune(tree, retained, gone)),
    erase: (retained, gone) => counted(() => target.erase(retained, gone)),
  };
}
