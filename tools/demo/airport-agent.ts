import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const execute = promisify(execFile);

interface LogLine {
  readonly event: string;
  readonly state?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly seq?: number;
}

/** The part of `agent status -o json` that the demo shows. */
interface AirportStatus {
  readonly running: { readonly release: number; readonly seq: number; readonly slot: string } | null;
}

const ENDS_WITHIN_MS = 5_000;

/** Reasons of a committed release. */
const RUNS: readonly (string | undefined)[] = ["committed", "unproven"];

/** A real agent process of one airport, provisioned with the folder that `skerry agent bundle` wrote. */
export class AirportAgent {
  readonly site: string;
  readonly #arguments: readonly string[];
  readonly #config: string;
  #child: ChildProcess | undefined;
  readonly #lines: LogLine[] = [];
  /** Lines before this one belong to an earlier part of the demo. */
  #chapter = 0;
  #onLine: () => void = () => undefined;
  #errors = "";

  constructor(root: string, site: string, box: string) {
    this.site = site;
    this.#config = join(box, "agent.json");
    this.#arguments = ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning", join(root, "agent/main.ts")];
  }

  /** Adds a probe of the box: a command that checks its displays. */
  probe(command: readonly string[]): void {
    const config = JSON.parse(readFileSync(this.#config, "utf8")) as object;
    const probes = { boards: [{ exec: { command, timeoutSeconds: 5 } }] };
    writeFileSync(this.#config, `${JSON.stringify({ ...config, probes })}\n`);
  }

  start(): void {
    const child = spawn(process.execPath, [...this.#arguments, "run", "--config", this.#config], { stdio: ["ignore", "pipe", "pipe"] });
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.#lines.push(JSON.parse(line) as LogLine);
      this.#onLine();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString("utf8");
    });
    child.on("exit", () => this.#onLine());
    this.#child = child;
  }

  async status(): Promise<AirportStatus> {
    const { stdout } = await execute(process.execPath, [...this.#arguments, "status", "--config", this.#config, "-o", "json"]);
    return JSON.parse(stdout) as AirportStatus;
  }

  /** Triggers a poll, which would otherwise come within the poll interval. */
  poll(): void {
    this.#chapter = this.#lines.length;
    this.#child?.kill("SIGHUP");
  }

  /** Waits until the site runs the commit with this seq. */
  async runs(seq: number, withinMs: number): Promise<void> {
    const isIt = (line: LogLine): boolean => line.seq === seq && line.state === "IDLE" && RUNS.includes(line.reason);
    await this.#until(`does not run seq ${seq}`, () => this.#lines.some(isIt), withinMs);
  }

  async isOnTrial(withinMs: number): Promise<void> {
    await this.#until("has no release on trial", () => this.#said((line) => line.state === "TRIAL"), withinMs);
  }

  /** Waits until the site has gone back to the previous release. */
  async wentBack(withinMs: number): Promise<void> {
    const isIt = (line: LogLine): boolean => line.state === "IDLE" && line.reason === "unhealthy";
    await this.#until("did not go back", () => this.#said(isIt), withinMs);
  }

  #said(isIt: (line: LogLine) => boolean): boolean {
    return this.#lines.slice(this.#chapter).some(isIt);
  }

  /** Like a power cut. */
  async kill(): Promise<void> {
    if (this.#child === undefined || !isAlive(this.#child)) throw new Error(`the agent of ${this.site} ended before it was killed`);
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
    this.#chapter = this.#lines.length;
  }

  async end(): Promise<void> {
    if (this.#child === undefined || !isAlive(this.#child)) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), ENDS_WITHIN_MS);
    await exited;
    clearTimeout(timer);
  }

  /** Throws with the agent's last line when it ends or takes too long. */
  async #until(otherwise: string, isSo: () => boolean, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!isSo()) {
      const left = deadline - performance.now();
      const isOver = this.#child === undefined || !isAlive(this.#child);
      if (left <= 0 || isOver) throw new Error(`${this.site} ${otherwise}: ${this.#lastWord()}`);
      await this.#nextLine(left);
    }
  }

  #lastWord(): string {
    const last = this.#lines.at(-1);
    return this.#errors || (last === undefined ? "it logged nothing" : `${last.state} ${last.reason} ${last.detail}`);
  }

  #nextLine(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#onLine = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
