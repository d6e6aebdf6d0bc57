import { parseArgs } from "node:util";
import { BUGS, catchBugs } from "./mutants/search.ts";
import { PoolWorker, runTasks } from "./worker-pool.ts";
import { RELEASE_PATHS } from "./schedule/release-path.ts";
import type { Done, SeedFault, Task } from "./task.ts";

/** `npm run test:sim`: crash points of every release path, schedules by seed, and planted bugs that must be caught. */
const THREADS = 2;
const CHUNK = 250;
const FAULTS_SHOWN = 5;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    schedules: { type: "string", default: "31000" },
    from: { type: "string", default: "1" },
    /** Of the second crashes, those of one first crash in so many; 0 for no crash points at all. */
    share: { type: "string", default: "1" },
    bugs: { type: "string", default: "all" },
  },
});

/** Crash points, at each of which the power was cut in each way, and schedules by seed. */
const simulated = { crashes: 0, schedules: 0 };

process.exitCode = values.seed === undefined ? await campaign() : await replay(Number(values.seed));

async function replay(seed: number): Promise<number> {
  const worker = new PoolWorker([], true);
  const done = (await worker.do({ do: "seeds", from: seed, count: 1, isTraced: true })) as Extract<Done, { did: "seeds" }>;
  await worker.end();
  const [told] = done.faults as [SeedFault];
  if (values.trace) for (const line of told.lines) say(line);
  say(`seed ${seed}, from "${told.start}": ${told.because || "all checks hold"}`, told.script);
  return told.because === "" ? 0 : 1;
}

async function campaign(): Promise<number> {
  const started = performance.now();
  const faults = [...(await enumerate(Number(values.share))), ...(await runSchedules(Number(values.from), Number(values.schedules)))];
  say(...faults.slice(0, FAULTS_SHOWN), ...(faults.length > FAULTS_SHOWN ? [`and ${faults.length - FAULTS_SHOWN} more`] : []));
  const { crashes, schedules } = simulated;
  say(`simulated: ${crashes + schedules} schedules (${crashes} crashes, ${schedules} by seed) in ${secondsSince(started)} s`);
  const bugs = bugsNamed(values.bugs);
  const missed = await catchBugs(bugs, THREADS, say);
  // Crash points and schedules hold together or not at all; each planted bug counts by itself.
  say(`simulation: ${bugs.length - missed + (faults.length === 0 ? 1 : 0)} passed, ${faults.length + missed} failed`);
  return faults.length + missed === 0 ? 0 : 1;
}

/** `all`, `none`, or a part of the names. */
function bugsNamed(part: string): typeof BUGS {
  return BUGS.filter(({ name }) => part === "all" || name.includes(part));
}

async function enumerate(share: number): Promise<string[]> {
  if (share === 0) return [];
  const started = performance.now();
  const tasks = Array.from({ length: RELEASE_PATHS.length }, (_, path) =>
    Array.from({ length: THREADS }, (_none, thread): Task => ({ do: "path", path, share: { thread, threads: THREADS, share } })),
  );
  const sum = { points: 0, disks: 0, secondPoints: 0, secondDisks: 0, runs: 0 };
  const faults: string[] = [];
  await runTasks(tasks.flat(), THREADS, (done) => {
    if (done.did !== "path") return false;
    const { result } = done;
    // Every thread walks the path and finds the same first crashes.
    if (result.thread === 0) {
      sum.points += result.points;
      sum.disks += result.disks;
    }
    sum.secondPoints += result.secondPoints;
    sum.secondDisks += result.secondDisks;
    sum.runs += result.runs;
    faults.push(...result.faults);
    return false;
  });
  simulated.crashes = sum.points + sum.secondPoints;
  say(
    `crash points: ${sum.points} on ${RELEASE_PATHS.length} release paths (${sum.disks} different disks), ${sum.secondPoints} in their recoveries ` +
      `(${sum.secondDisks} different disks): ${sum.runs} runs in ${secondsSince(started)} s, ${faults.length} faults`,
  );
  return faults;
}

async function runSchedules(from: number, count: number): Promise<string[]> {
  if (count === 0) return [];
  const started = performance.now();
  const tasks: Task[] = [];
  for (let seed = from; seed < from + count; seed += CHUNK) {
    tasks.push({ do: "seeds", from: seed, count: Math.min(CHUNK, from + count - seed), isTraced: false });
  }
  let schedules = 0;
  const faults: SeedFault[] = [];
  await runTasks(tasks, THREADS, (done) => {
    if (done.did !== "seeds") return false;
    schedules += done.schedules;
    faults.push(...done.faults);
    return faults.length > FAULTS_SHOWN;
  });
  simulated.schedules = schedules;
  const seconds = Number(secondsSince(started));
  say(`schedules: ${schedules} in ${seconds} s, ${Math.round(schedules / seconds)} per second, ${faults.length} faults`);
  return faults.map(({ seed, because, atMs, start }) =>
    [
      `seed ${seed}, from "${start}", at ${(atMs / 1000).toFixed(3)} s: ${because}`,
      `  replay: npm run test:sim -- --seed ${seed} --trace`,
    ].join("\n"),
  );
}

function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
