import { enumeratePath, type PathResult } from "./enumeration.ts";
import { Fleet } from "./fleet.ts";
import { RELEASE_PATHS } from "./release-path.ts";
import { runSeed } from "./schedule.ts";
import { prepareStarts, type Start } from "./start-state.ts";

/** A piece of work for a thread, as a message. */
export type Task =
  | { readonly do: "seeds"; readonly from: number; readonly count: number; readonly isTraced: boolean }
  | { readonly do: "path"; readonly path: number; readonly part: number; readonly parts: number };

export type Done =
  | { readonly did: "seeds"; readonly schedules: number; readonly faults: readonly SeedFault[] }
  | { readonly did: "path"; readonly result: PathResult };

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
    return { did: "path", result: await enumeratePath(path, fleet, task) };
  }
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

export function pathNames(): readonly string[] {
  return RELEASE_PATHS.map((path) => path.name);
}
