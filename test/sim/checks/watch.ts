import type { LogLine } from "../../../agent/log-line.ts";
import type { Machine } from "../../../agent/machine/state.ts";
import type { Journal } from "../../../wire/index.ts";
import type { Box, Onlooker } from "../world/box.ts";
import type { Fleet, FleetTree, Promotion } from "../world/fleet.ts";
import { changes, type DiskCall, MEMORY_FOLDER } from "../world/sim-disk.ts";
import { type Answer, TARGET } from "../world/workload.ts";

export interface Violation {
  readonly check: string;
  readonly because: string;
  readonly atMs: number;
}

/** What was published, and whether an honest agent may take it. */
export interface Offer extends Promotion {
  readonly id: string;
}

/** One invariant. Each hook answers undefined, or says in words what was broken. */
export interface Check {
  /** As it is called where the invariants are listed: I1 to I18, L1 to L5. */
  readonly name: string;
  /** Before a disk call of the agent takes effect. */
  disk?(watch: Watch, call: DiskCall): string | undefined;
  /** After it did. */
  diskAfter?(watch: Watch, call: DiskCall): string | undefined;
  /** The agent put another tree in place, or took it away. */
  flip?(watch: Watch): string | undefined;
  /** The core made a step, and its journal is durable; `before` is undefined for the first of a life. */
  step?(watch: Watch, before: Machine | undefined, after: Machine): string | undefined;
  fetch?(watch: Watch): string | undefined;
  log?(watch: Watch, line: LogLine): string | undefined;
  /** A process of the agent is about to start; the disk is as it finds it. */
  start?(watch: Watch): string | undefined;
  /** Faults are over and nothing happens any more. */
  rest?(watch: Watch): string | undefined;
}

/** Sees all of one schedule and asks each check about it; the checks themselves keep no state but what stands here. */
export class Watch implements Onlooker {
  readonly fleet: Fleet;
  readonly checks: readonly Check[];
  readonly offers = new Map<string, Offer>();
  readonly violations: Violation[] = [];
  readonly lines: string[] = [];
  box!: Box;
  /** The newest journal that an agent of this box called durable. */
  journal: Journal | undefined;
  /** Answers of the probe port since this boot. */
  answers: Answer[] = [];
  /** Kills of the process since this boot. */
  kills = 0;
  /** Every record of the journal that was put in its place, as its file's text; the first start brings those that it finds. */
  readonly records = new Set<string>();
  isTraced = false;
  /** Somebody at the box asks for the status after each step. It costs as much as all else, so few schedules do. */
  asksStatus = false;
  /** The script damaged something that the disk had promised to keep: which promise is no longer asked for. */
  readonly rotten = new Set<"slot" | "journal" | "report" | "trust" | "sync">();
  /** The target was changed by hand, and the agent has not yet put it right. */
  isBent = false;
  /** It was bent at some time, and a cut may find the repair half done. */
  wasBent = false;
  sickSinceMs: number | undefined;
  /** Before the release that is on its way in was applied, the workload was unhealthy. */
  wasSick = false;
  /** The highest data version that the target ever showed. */
  dataVersion = 0;
  /** Of the last report that was put in its place. */
  reportCounter = 0;
  /** Since when the target is bent and nothing keeps the agent from seeing it. */
  bentCalmMs: number | undefined;
  operatorSaid = false;
  /** Beside the last release that was applied something was unhealthy before it came (A16), so nothing can fail it. */
  isExcused = false;
  /** Since the trial began somebody changed the target by hand. */
  isTrialBent = false;
  steps = 0;
  /** Moments of the last steps, for the hot loop. */
  readonly recentMs: number[] = [];
  targetWriters = 0;
  /** The newest record that can be read may be one that was never flushed. */
  isUnsure = false;
  /** The disk failed a call at some time, so a change by hand may be half healed. */
  hadDiskFault = false;
  /** The disk refused the last report. */
  isReportLost = false;
  /** Called before each disk call that changes something: the moments between which the power can go. */
  atChange: () => void = () => undefined;
  /** When target and slot were last found alike, or made so. */
  healedMs = -1;
  // Asked thousands of times a schedule.
  readonly #diskChecks: readonly Check[];
  readonly #stepChecks: readonly Check[];

  constructor(fleet: Fleet, checks: readonly Check[]) {
    this.fleet = fleet;
    this.checks = checks;
    this.#diskChecks = checks.filter((check) => check.disk !== undefined || check.diskAfter !== undefined);
    this.#stepChecks = checks.filter((check) => check.step !== undefined);
  }

  get nowMs(): number {
    return this.box.time.monotonicMs;
  }

  /** The tree that stands in the target, byte for byte; "mixture" when it is none of the fleet's. */
  get visible(): FleetTree | "mixture" | undefined {
    const files = this.box.image.tryFiles(TARGET);
    return files === undefined ? undefined : (this.#treeOf(files) ?? "mixture");
  }

  treeBy(digest: string | undefined): FleetTree | undefined {
    return digest === undefined ? undefined : this.fleet.tryTreeBy(digest);
  }

  fail(check: string, because: string): void {
    this.violations.push({ check, because, atMs: this.nowMs });
    this.trace(`VIOLATION ${check}: ${because}`);
    // An agent that turns in a circle would never let go.
    this.box.halt();
  }

  trace(line: string): void {
    if (this.isTraced) this.lines.push(`${(this.nowMs / 1000).toFixed(3).padStart(12)} s  ${line}`);
  }

  /** What outlives the box's power: the checks go on where they stood. */
  inherit(before: Watch): void {
    for (const [id, offer] of before.offers) this.offers.set(id, offer);
    for (const record of before.records) this.records.add(record);
    this.journal = before.journal;
    this.sickSinceMs = before.sickSinceMs;
    this.operatorSaid = before.operatorSaid;
    this.isExcused = before.isExcused;
    this.dataVersion = before.dataVersion;
    this.reportCounter = before.reportCounter;
  }

  diskBefore(call: DiskCall): void {
    if (changes(call)) this.atChange();
    for (const check of this.#diskChecks) this.#ask(check, check.disk?.(this, call));
  }

  diskAfter(call: DiskCall): void {
    if (this.isTraced && changes(call)) this.trace(`  disk ${call.op} ${call.path}${call.to === undefined ? "" : ` -> ${call.to}`}`);
    for (const check of this.#diskChecks) this.#ask(check, check.diskAfter?.(this, call));
    const isFlip = call.to === TARGET || (call.path === TARGET && changes(call));
    if (!isFlip) return;
    this.isBent = false;
    for (const check of this.checks) this.#ask(check, check.flip?.(this));
  }

  step(before: Machine | undefined, after: Machine): void {
    this.steps++;
    if (this.isTraced) this.trace(sentence(before, after));
    for (const check of this.#stepChecks) this.#ask(check, check.step?.(this, before, after));
    if (before !== undefined && after.journal !== before.journal) this.isUnsure = false;
    this.journal = after.journal;
    if (after.phase === "APPLY" && before?.phase !== "APPLY") {
      this.isTrialBent = false;
    }
    if (after.phase === "APPLY" && before?.phase === "DRYRUN") {
      // Without a probe of the old release nobody can know.
      this.wasSick = !this.box.workload.isHealthy && this.treeBy(after.journal.current?.tree)?.nature.isProbed === true;
      this.isExcused = hasExcuse(after.journal);
    }
    const { driftTrouble } = after.memory;
    const isWell = driftTrouble === null || ["degraded", "unhealthy", "one-way"].includes(driftTrouble.reason);
    if (before?.memory.isReconciling === true && !after.memory.isReconciling && isWell) this.healedMs = this.nowMs;
  }

  answered(answer: Answer): void {
    if (this.isTraced) this.trace(`  probe of ${answer.nature}: ${answer.health}`);
    this.answers.push(answer);
  }

  fetching(): void {
    for (const check of this.checks) this.#ask(check, check.fetch?.(this));
  }

  logged(line: LogLine): void {
    if (line.event === "report") this.isReportLost = true;
    if (this.isTraced) this.trace(`  log ${line.event} ${line.reason ?? ""}: ${line.detail ?? ""}`);
    for (const check of this.checks) this.#ask(check, check.log?.(this, line));
  }

  started(isNewBoot: boolean): void {
    this.targetWriters = 0;
    if (isNewBoot) {
      this.answers = [];
      this.kills = 0;
    }
    // What somebody changed without a flush may be as it was.
    if (this.visible !== "mixture" && this.visible !== undefined) this.isBent = false;
    this.trace(isNewBoot ? `boot ${this.box.boot}` : "the agent starts");
    for (const check of this.checks) this.#ask(check, check.start?.(this));
  }

  killed(): void {
    this.kills++;
    this.trace("the agent is killed");
  }

  refused(detail: string): void {
    this.isUnsure = true;
    this.trace(detail);
  }

  writing(by: 1 | -1): void {
    this.targetWriters += by;
  }

  threw(error: unknown): void {
    this.fail("no bug", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** All is quiet: nothing is promised any more, everything must be there. */
  rest(): void {
    for (const check of this.checks) this.#ask(check, check.rest?.(this));
  }

  #ask(check: Check, answer: string | undefined): void {
    if (answer !== undefined) this.fail(check.name, answer);
  }

  #treeOf(files: ReadonlyMap<string, Buffer>): FleetTree | undefined {
    const isSame = (tree: FleetTree): boolean =>
      tree.files.size === files.size &&
      [...tree.files].every(([path, bytes]) => {
        const found = files.get(path);
        return found === bytes || found?.equals(bytes) === true;
      });
    return [...this.fleet.trees.values()].find(isSame);
  }
}

/** A16: what was unhealthy before the release came says nothing of the release. */
export function hasExcuse(journal: Journal | undefined): boolean {
  return Object.values(journal?.baseline ?? {}).some((health) => health !== "healthy");
}

/** Whether the call is about what must outlive the power. */
export function isDurable({ path }: DiskCall): boolean {
  return !path.startsWith(`${MEMORY_FOLDER}/`);
}

function sentence(before: Machine | undefined, { phase, journal, memory }: Machine): string {
  const slot = (told: Journal["current"]): string => (told === null ? "-" : `${told.slot}${told.seq}`);
  const wrong = [memory.trustTrouble, memory.rolloutTrouble, memory.driftTrouble, memory.refusal, memory.pollTrouble].flatMap(
    (trouble) => trouble?.reason ?? [],
  );
  const saved = before !== undefined && before.journal === journal ? "" : ` record ${journal.record}`;
  const runs = `runs ${slot(journal.current)} candidate ${slot(journal.candidate)} previous ${slot(journal.previous)}`;
  return `${before?.phase ?? "start"} -> ${phase}${saved}: ${runs} starts ${journal.starts}${wrong.length === 0 ? "" : ` [${wrong.join(" ")}]`}`;
}
