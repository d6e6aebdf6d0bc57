import { Hand } from "./crew.ts";
import { MUSEUM } from "./museum.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { STORE_MUTATIONS } from "./store-mutations.ts";

/** After so many seeds a bug counts as missed. */
const SEEDS = 2_500;

export const BUGS: readonly PlantedBug[] = [...MUSEUM, ...STORE_MUTATIONS];

/** Plants each bug in a product of its own, and looks how long it lives. Answers how many were missed. */
export async function catchBugs(bugs: readonly PlantedBug[], threads: number, say: (line: string) => void): Promise<number> {
  const left = [...bugs];
  let missed = 0;
  const hunter = async (): Promise<void> => {
    for (let planted = left.shift(); planted !== undefined; planted = left.shift()) {
      const { runs, caught } = await hunt(planted);
      if (caught === undefined) missed++;
      say(caught === undefined ? `MISSED  ${planted.name}: ${runs} runs` : `caught  ${planted.name}: run ${runs}: ${caught.slice(0, 160)}`);
    }
  };
  await Promise.all(Array.from({ length: threads }, hunter));
  say(`planted bugs: ${bugs.length - missed} of ${bugs.length} caught`);
  return missed;
}

async function hunt({ patches }: PlantedBug): Promise<{ readonly runs: number; readonly caught: string | undefined }> {
  const hand = new Hand(patches);
  try {
    const done = await hand.do({ do: "hunt", seeds: SEEDS });
    if (done.did !== "hunt") throw new Error("a hunter came back with something else");
    return done;
  } finally {
    await hand.end();
  }
}
