import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = fileURLToPath(new URL("usage.js", import.meta.url));

export interface Measure {
  readonly wallSeconds: number;
  /** Of the process and its waited children. */
  readonly cpuSeconds: number;
  readonly childrenCpuSeconds: number;
  /** Of the main thread alone. */
  readonly mainCpuSeconds: number;
  /** The largest this one process was; its git children are not in it. */
  readonly rssBytes: number;
}

/** Runs one whole Node process and returns what it cost. Throws with its last words when it fails. */
export async function measureProcess(folder: string, args: readonly string[]): Promise<Measure> {
  const scratch = mkdtempSync(join(tmpdir(), "skerry-bench-"));
  const usageFile = join(scratch, "usage.json");
  try {
    const started = performance.now();
    await run(folder, ["--import", USAGE, ...args], { ...process.env, BENCH_USAGE_FILE: usageFile });
    const wallSeconds = (performance.now() - started) / 1000;
    const usage = JSON.parse(readFileSync(usageFile, "utf8")) as Record<
      "rssBytes" | "cpuSeconds" | "childrenCpuSeconds" | "mainCpuSeconds",
      number
    >;
    const { childrenCpuSeconds, mainCpuSeconds, rssBytes } = usage;
    return { wallSeconds, cpuSeconds: usage.cpuSeconds + childrenCpuSeconds, childrenCpuSeconds, mainCpuSeconds, rssBytes };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${args.slice(2).join(" ")}: exit ${code}\n${errors}`))));
  });
}

/** The middle of several runs: single runs on a shared machine say little. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
