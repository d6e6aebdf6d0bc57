import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
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

/** A real agent process of one airport, provisioned with the folder that `skerry agent bundle` wrote. */
/** What an agent says of a release that it has committed. */
const RUNS: readonly (string | undefined)[] = ["committed", "unproven"];

export class AirportAgent {
  readonly site: string;
  readonly status: () => Promise<AirportStatus>;
  readonly #child: ChildProcess;
  readonly #lines: LogLine[] = [];
  #onLine: () => void = () => undefined;
  #errors = "";

  constructor(root: string, site: string, bundle: string) {
    this.site = site;
    const config = ["--config", join(bundle, "agent.json")];
    const program = ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning", join(root, "agent/main.ts")];
    const child = spawn(process.execPath, [...program, "run", ...config], { stdio: ["ignore", "pipe", "pipe"] });
    this.status = async () => {
      const { stdout } = await execute(process.execPath, [...program, "status", ...config, "-o", "json"]);
      return JSON.parse(stdout) as AirportStatus;
    };
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

  /** Asks the agent to look for news now: it would within its poll time. */
  poll(): void {
    this.#child.kill("SIGHUP");
  }

  /** Waits until the site runs the commit with this seq. Throws with the agent's last word when it ends or takes too long. */
  async runs(seq: number, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!this.#lines.some((line) => line.seq === seq && line.state === "IDLE" && RUNS.includes(line.reason))) {
      const left = deadline - performance.now();
      if (left <= 0 || this.#child.exitCode !== null) throw new Error(`${this.site} does not run seq ${seq}: ${this.#lastWord()}`);
      await this.#nextLine(left);
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ENDS_WITHIN_MS);
    await exited;
    clearTimeout(timer);
  }

  #lastWord(): string {
    const last = this.#lines.at(-1);
    return this.#errors || (last === undefined ? "it said nothing" : `${last.state} ${last.reason} ${last.detail}`);
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
