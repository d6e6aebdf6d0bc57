import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Measure, measureProcess, median } from "./measure.ts";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Milliseconds by the clock, of all runs together. On a busy machine they are too long, and only their shares count. */
interface Times {
  busy: number;
  idle: number;
  readonly stages: Map<string, number>;
  readonly functions: Map<string, number>;
}

/** The stages of a release, each by the one function that is all of it. */
const STAGES = ["inventory", "synth", "writeSiteTrees", "makeRelease", "writeSiteCommits", "moveRefs"];
/** Finding, reading, compiling and linking modules; what a module does when it is evaluated counts where it belongs. */
const LOADING = "loading modules";
const FUNCTIONS_SHOWN = 16;
/** One run's samples depend on what else the machine does just then. */
const RUNS = 7;

/**
 * Runs a command under Node's own profiler and without it, in turns; returns Markdown: where the main thread's time goes by stage and by
 * function, and how the threads and git share the processor time. `before` each run the same state has to be there.
 */
export async function profileProcess(folder: string, args: readonly string[], before: () => void): Promise<string> {
  const main: Times = { busy: 0, idle: 0, stages: new Map(), functions: new Map() };
  const measures: Measure[] = [];
  for (let run = 0; run < RUNS; run++) {
    const scratch = mkdtempSync(join(tmpdir(), "skerry-profile-"));
    try {
      before();
      execFileSync(process.execPath, ["--cpu-prof", `--cpu-prof-dir=${scratch}`, ...args], { cwd: folder, stdio: "ignore" });
      // The thread that signs writes a profile of its own; the main thread's is the largest.
      const profiles = readdirSync(scratch).map((name) => readFileSync(join(scratch, name), "utf8"));
      addTimes(JSON.parse(profiles.toSorted((left, right) => right.length - left.length)[0] as string) as CpuProfile, main);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    before();
    measures.push(await measureProcess(folder, args));
  }
  const middle = (field: keyof Measure): number => median(measures.map((each) => each[field]));
  return report(main, { cpu: middle("cpuSeconds"), git: middle("childrenCpuSeconds"), thread: middle("mainCpuSeconds") });
}

function addTimes({ nodes, samples, timeDeltas }: CpuProfile, times: Times): void {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const add = (map: Map<string, number>, name: string, ms: number): void => void map.set(name, (map.get(name) ?? 0) + ms);
  for (const [index, sample] of samples.entries()) {
    const ms = (timeDeltas[index] as number) / 1000;
    const { functionName, url } = frames.get(sample) ?? { functionName: "", url: "" };
    if (functionName === "(idle)") {
      times.idle += ms;
      continue;
    }
    times.busy += ms;
    add(
      times.functions,
      `${functionName || "(anonymous)"} ${url.replace(/^.*\/(skerry\/dist|node_modules|skerry-bench-[^/]*)\//, "")}`.trim(),
      ms,
    );
    if (url.startsWith("node:internal/modules/")) add(times.stages, LOADING, ms);
    const seen = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) seen.add(frames.get(id)?.functionName ?? "");
    for (const stage of STAGES) if (seen.has(stage)) add(times.stages, stage, ms);
  }
}

function report(main: Times, seconds: { readonly cpu: number; readonly git: number; readonly thread: number }): string {
  const share = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
  const row = (name: string, ms: number): string => `| ${name} | ${share(ms, main.busy)} |`;
  const stages = [LOADING, ...STAGES].map((stage) => [stage, main.stages.get(stage) ?? 0] as const);
  const rest = main.busy - stages.reduce((sum, [, ms]) => sum + ms, 0);
  const top = [...main.functions].toSorted((a, b) => b[1] - a[1]).slice(0, FUNCTIONS_SHOWN);
  const cpu = (name: string, part: number): string => `| ${name} | ${(part * 1000).toFixed(0)} | ${share(part, seconds.cpu)} |`;
  return `| processor time, without the profiler | ms | of all |
|---|---:|---:|
${cpu("main thread", seconds.thread)}
${cpu("other threads: signatures, V8's compiler and garbage collector", seconds.cpu - seconds.git - seconds.thread)}
${cpu("git", seconds.git)}

| stage of the main thread, with all that it calls | of its time |
|---|---:|
${stages.map(([name, ms]) => row(name === LOADING ? name : `\`${name}\``, ms)).join("\n")}
${row("everything else", rest)}

Beside that the main thread waits for git, ${share(main.idle, main.idle + main.busy)} of the whole run.

| function of the main thread, by itself | of its time |
|---|---:|
${top.map(([name, ms]) => row(`\`${name}\``, ms)).join("\n")}
`;
}
