import { PoolWorker } from "../worker-pool.ts";
import { MUTANTS } from "./mutants.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { STORE_MUTATIONS } from "./store-mutations.ts";

/** After so many seeds a bug counts as missed. */
const SEEDS = 2_500;

export const BUGS: readonly PlantedBug[] = [...MUTANTS, ...STORE_MUTATIONS];

/** Plants each bug in a product of its own and runs it until a check fails. Returns how many bugs were missed or not planted whole. */
export async function catchBugs(bugs: readonly PlantedBug[], threads: number, say: (line: string) => void): Promise<number> {
  const left = [...bugs];
  let missed = 0;
  const hunter = async (): Promise<void> => {
    for (let planted = left.shift(); planted !== undefined; planted = left.shift()) {
      const { runs, caught, unplanted } = await search(planted);
      if (caught === undefined || unplanted.length > 0) missed++;
      if (unplanted.length > 0) say(`UNPLANTED  ${planted.name}: never loaded: ${unplanted.join(", ")}`);
      else if (caught === undefined) say(`MISSED  ${planted.name}: ${runs} runs`);
      else say(`caught  ${planted.name}: run ${runs}: ${caught.slice(0, 160)}`);
    }
  };
  await Promise.all(Array.from({ length: threads }, hunter));
  say(`planted bugs: ${bugs.length - missed} of ${bugs.length} caught`);
  return missed;
}

interface SearchResult {
  readonly runs: number;
  /** What a check found wrong. */
  readonly caught: string | undefined;
  /** Files that hold a part of the bug and were never loaded. */
  readonly unplanted: readonly string[];
}

async function search({ patches }: PlantedBug): Promise<SearchResult> {
  const worker = new PoolWorker(patches);
  try {
    const done = await worker.do({ do: "search", seeds: SEEDS });
    if (done.did !== "search") throw new Error("a hunter came back with something else");
    return { runs: done.runs, caught: done.caught, unplanted: worker.unplanted };
  } finally {
    await worker.end();
  }
}
