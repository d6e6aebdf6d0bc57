import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LogLine } from "../../agent/log-line.ts";
import type { Box } from "./box.ts";

const MAIN = new URL("../../agent/main.ts", import.meta.url).pathname;
const NODE = [process.execPath, "--conditions=skerry-source", "--disable-warning=ExperimentalWarning", MAIN];

/** The agent as a process of its own: killed, watched, asked by signals. */
export class AgentProcess {
  readonly child: ChildProcess;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  output = "";
  errors = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal ?? "gone")));
  }

  get lines(): (LogLine & { readonly at: string })[] {
    // A process that was killed may have left half a line.
    return this.output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine & { readonly at: string });
  }
}

/** Starts agents that share one cache of stripped types, and ends those that are left. */
export class AgentStarter {
  /** Stripped types, written by whoever strips them first. */
  readonly cache = mkdtempSync("/tmp/skerry-compiled-");
  readonly #children = new Set<ChildProcess>();

  /** `wrapper` stands before the agent's own command line: strace, nsenter. */
  start(box: Box, command: "run" | "once" | "status", wrapper: readonly string[] = [], more: readonly string[] = []): AgentProcess {
    const [program, ...args] = [...wrapper, ...NODE, command, "--config", box.configPath, ...more] as [string, ...string[]];
    const environment = {
      ...process.env,
      NODE_COMPILE_CACHE: join(this.cache, "node"),
      // One thread makes the order of system calls the same in each run.
      UV_THREADPOOL_SIZE: wrapper.length > 0 ? "1" : "4",
    };
    const child = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    return new AgentProcess(child);
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.cache, { recursive: true, force: true });
  }
}

export async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (isTrue()) return;
    await delay(20);
  }
  throw new Error(`waited 20 s for: ${what}`);
}
