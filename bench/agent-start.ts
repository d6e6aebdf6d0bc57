import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AGENT_FILE, AGENT_MODULES } from "./agent-process.ts";
import { median } from "./measure.ts";

/** Whole processes from start to exit, milliseconds: Node alone, the agent's `status` from one file, and from its modules. */
export interface StartTimes {
  readonly node: number;
  readonly file: number;
  readonly modules: number;
  /** One file with Node's compile cache on memory, filled before. */
  readonly cached: number;
}

/** Medians of runs that take turns, so that a busy moment hits all of them. */
export function startTimes(runs: number): StartTimes {
  const cache = mkdtempSync("/dev/shm/skerry-bench-");
  try {
    const status = ["status", "--config", join(cache, "agent.json")];
    const forms = {
      node: () => run(["--eval", "0"], 0),
      file: () => run([AGENT_FILE, ...status], 2),
      modules: () => run([AGENT_MODULES, ...status], 2),
      cached: () => run([AGENT_FILE, ...status], 2, { NODE_COMPILE_CACHE: cache }),
    };
    for (const form of Object.values(forms)) form();
    const times = Object.fromEntries(Object.keys(forms).map((name) => [name, [] as number[]]));
    for (let turn = 0; turn < runs; turn++) for (const [name, form] of Object.entries(forms)) times[name]?.push(form());
    const middle = (name: keyof StartTimes): number => median(times[name] as number[]);
    return { node: middle("node"), file: middle("file"), modules: middle("modules"), cached: middle("cached") };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

// Without agent.json a status ends with 2 and one line, after everything was loaded.
function run(args: readonly string[], code: number, more: Record<string, string> = {}): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: { PATH: process.env["PATH"], ...more }, encoding: "utf8" });
  if (status !== code) throw new Error(`${args.join(" ")}: exit ${status}\n${stderr}`);
  return performance.now() - began;
}
