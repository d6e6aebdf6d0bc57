import { type Outcome, refused, type SiteTree } from "../../core/index.ts";
import { moveRefs, ObjectWriter, type Repository, type Written } from "../../git/index.ts";
import type { InventoryLine } from "../../wire/index.ts";
import { type FleetPlace, openFleetRepository, readFleetState } from "../../releases/index.ts";
import { shardCount } from "../promote/shard-commits.ts";
import { writeFleetTree } from "./fleet-tree.ts";
import { writeSiteTrees } from "./site-trees.ts";
import { treeProblems } from "./tree-limits.ts";

/** Names the fleet tree of the last synth. Local: of a remote repository it lies in the mirror, and is never pushed. */
const SYNTH_REF = "refs/skerry/synth";

export interface SynthStaging extends FleetPlace {
  /** One a site, in any order. */
  readonly trees: readonly SiteTree[];
  /** One a site, in any order; the same sites as `trees`. */
  readonly inventory: readonly InventoryLine[];
}

export interface StagedSynth {
  readonly ref: string;
  /** The git folder on this machine that holds it, as it was named: the fleet repository, or the mirror of a remote one. */
  readonly folder: string;
  /** Id of the fleet tree: the same facts and code give the same id, whoever asks and whenever. */
  readonly tree: string;
  readonly written: Written;
}

/** Writes what a release would hold, and moves no ref that anybody else looks at. No key is needed, and no trust. */
export async function stageSynth(input: SynthStaging): Promise<Outcome<StagedSynth>> {
  const problems = treeProblems(input.trees);
  if (problems.length > 0) return { problems };
  const opened = await openFleetRepository(input, "create");
  if (!("value" in opened)) return opened;
  const writer = new ObjectWriter(opened.value.folder);
  try {
    const state = await readFleetState(opened.value, opened.value.refs(), input.fleet);
    if (!("value" in state)) return state;
    const sites = await writeSiteTrees(writer, input.trees);
    const lines = new Map(input.inventory.map((line) => [line.id, line]));
    const inventory = sites.ids.map((id) => lines.get(id) as InventoryLine);
    const tree = writeFleetTree(writer, { fleet: input.fleet, shards: state.value.shards ?? shardCount(sites.count) }, sites, inventory);
    const written = await writer.finish();
    const folder = opened.value.url === undefined ? input.repository : input.mirror;
    return await nameTree(opened.value, folder, tree, written);
  } finally {
    writer.close();
    opened.value.close();
  }
}

async function nameTree(repository: Repository, folder: string, tree: string, written: Written): Promise<Outcome<StagedSynth>> {
  const old = repository.refs().get(SYNTH_REF) ?? null;
  const lost = old === tree ? [] : await moveRefs(repository.folder, [{ name: SYNTH_REF, old, new: tree }]);
  if (lost.length === 0) return { value: { ref: SYNTH_REF, folder, tree, written } };
  return refused({ code: "refs-moved", message: `another run moved ${SYNTH_REF} at the same time`, next: "run this again" });
}
