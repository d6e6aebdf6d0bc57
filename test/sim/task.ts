import { enumeratePath, type PathResult, type Share } from "./schedule/enumeration.ts";
import { Fleet } from "./world/fleet.ts";
import { RELEASE_PATHS } from "./schedule/release-path.ts";
import { runSeed } from "./schedule/schedule.ts";
import { prepareStarts, Unprepared } from "./schedule/start-state.ts";
import type { Start } from "./schedule/start.ts";

/** A task for a thread, as a message. */
export type Task =
  | { readonly do: "seeds"; readonly from: number; readonly count: number; readonly isTraced: boolean }
  | { readonly do: "path"; readonly path: number; readonly share: Share }
  /** Until a check fails: the first crash points of each path, then seeds from 1 on. */
  | { readonly do: "search"; readonly seeds: number };

export type Done =
  | { readonly did: "seeds"; readonly schedules: number; readonly faults: readonly SeedFault[] }
  | { readonly did: "path"; readonly result: PathResult }
  /** The failed check, and the number of runs; undefined when all checks held. */
  | { readonly did: "search"; readonly runs: number; readonly caught: string | undefined };

export interface SeedFault {
  readonly seed: number;
  readonly start: string;
  readonly script: string;
  readonly because: string;
  readonly atMs: number;
  readonly lines: readonly string[];
}

let prepared: { readonly fleet: Fleet; readonly starts: readonly Start[] } | undefined;

export async function work(task: Task): Promise<Done> {
  const fleet = prepared?.fleet ?? new Fleet();
  if (task.do === "path") {
    const path = RELEASE_PATHS[task.path];
    if (path === undefined) throw new Error(`there is no release path ${task.path}`);
    return { did: "path", result: await enumeratePath(path, fleet, task.share) };
  }
  if (task.do === "search") return search(fleet, task.seeds);
  prepared ??= { fleet, starts: await prepareStarts(fleet) };
  const faults: SeedFault[] = [];
  for (let seed = task.from; seed < task.from + task.count; seed++) {
    const { violations, lines, script, start } = await runSeed(seed, fleet, prepared.starts, task.isTraced);
    const [first] = violations;
    if (first === undefined && !task.isTraced) continue;
    const because = first === undefined ? "" : `${first.check}: ${first.because}`;
    faults.push({ seed, start, script: JSON.stringify(script), because, atMs: first?.atMs ?? 0, lines });
  }
  return { did: "seeds", schedules: task.count, faults };
}

const FIRST_ONLY: Share = { thread: 0, threads: 1, share: 0 };

async function search(fleet: Fleet, seeds: number): Promise<Done> {
  let runs = 0;
  const caught = (because: string | undefined): Done => ({ did: "search", runs, caught: because?.split("\n")[0] });
  try {
    for (const path of RELEASE_PATHS) {
      const result = await enumeratePath(path, fleet, FIRST_ONLY);
      runs += result.runs;
      if (result.faults.length > 0) return caught(result.faults[0]);
    }
    const starts = await prepareStarts(fleet);
    for (let seed = 1; seed <= seeds; seed++) {
      runs++;
      const [first] = (await runSeed(seed, fleet, starts)).violations;
      if (first !== undefined) return caught(`seed ${seed}: ${first.check}: ${first.because}`);
    }
  } catch (error) {
    // A start state that could not be prepared.
    if (!(error instanceof Unprepared)) throw error;
    return caught(error.message);
  }
  return caught(undefined);
}
