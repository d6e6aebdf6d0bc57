import type { Problem } from "../core/index.ts";
import type { z } from "zod";
import type { Block } from "./schema/block.ts";
import { BlockCheck } from "./merge/block-check.ts";
import { tryCallSite } from "./sources/call-site.ts";
import { type DefaultsSource, openDefaults } from "./sources/defaults-source.ts";
import { readDefaults } from "./merge/defaults.ts";
import { DefaultsMerger } from "./merge/merged-defaults.ts";
import type { SiteFacts } from "./facts.ts";
import { byPlace, comparePlaces, type InventoryFault, problemsOf, withoutFollowUps } from "./text/inventory-fault.ts";
import { type FleetVerdict, checkFleetRules } from "./merge/fleet-rules.ts";
import { LabelSchema } from "./schema/label-schema.ts";
import { type FactOrigin, factOrigins } from "./merge/provenance.ts";
import { idPrefixFaults } from "./merge/id-prefixes.ts";
import { type MergedSite, SiteMerger } from "./merge/site-merger.ts";
import type { Sink, SkippedRow, InventorySource } from "./sources/source.ts";
import { unusedDefaultFaults } from "./merge/unused-defaults.ts";

export interface InventoryOptions<L> {
  /** A zod schema (classic or mini); its output type is what `site.labels` is everywhere. */
  readonly labels: z.core.$ZodType<L>;
  /** A YAML file, an object, or several of either. */
  readonly defaults?: DefaultsSource | readonly DefaultsSource[];
  readonly from: readonly InventorySource[];
}

/** All sites of a fleet, read once and never changed. */
export interface Inventory<L> {
  /** Merged, checked, deeply frozen, in ascending order of ids. Sites with a fault are not in it. */
  readonly sites: readonly SiteFacts<L>[];
  /** Every fault of every source, in order of file, line and column. */
  readonly problems: readonly Problem[];
  /** Rows that their row function left out. */
  readonly skipped: readonly SkippedRow[];
  readonly labels: z.core.$ZodType<L>;
  tryFind(id: string): SiteFacts<L> | undefined;
  /** Each fact of a site with the file and line it came from; undefined for an id that is no site. Opens the files again. */
  provenance(id: string): readonly FactOrigin[] | undefined;
}

/**
 * Reads, checks and merges an inventory. Nothing is thrown for what people wrote: faults are in `problems`, all of one run. The order of sources, files
 * and sites changes nothing. Only a disk that fails is thrown, as a `WorldError`.
 */
export function inventory<L>({ labels, defaults = [], from }: InventoryOptions<L>): Inventory<L> {
  const call = tryCallSite();
  const faults: InventoryFault[] = [];
  const problems: Problem[] = [];
  const schema = new LabelSchema(labels);
  const check = new BlockCheck(faults);

  const sources = Array.isArray(defaults) ? (defaults as readonly DefaultsSource[]) : [defaults as DefaultsSource];
  const documents = openDefaults(sources, call, problems);
  const shared = readDefaults(documents, check, schema, faults);
  const gathered = gather(from, check, faults, problems);
  const join = new SiteMerger<L>(new DefaultsMerger(shared, schema), shared, faults);
  const fleet = checkFleetRules(gathered.blocks, gathered.isComplete);
  const joined = mergeAll<L>(gathered.blocks, fleet.twice, join);
  faults.push(...fleet.faults);
  if (gathered.isComplete) {
    faults.push(...unusedDefaultFaults(shared, gathered.blocks, joined, faults.length > 0));
    // What makes polls longer can wait for what makes the fleet wrong.
    if (faults.length === 0 && problems.length === 0) faults.push(...idPrefixFaults(gathered.blocks));
  }

  const found = withoutFollowUps([...problems, ...problemsOf(faults)]).sort(byPlace);
  for (const { locator } of gathered.blocks) locator.forget();
  for (const { origin } of documents) origin.locator.forget();
  return {
    sites: Object.freeze(joined.map(({ facts }) => facts)),
    problems: Object.freeze(found),
    skipped: Object.freeze(gathered.skipped.sort((a, b) => comparePlaces(a.at, b.at))),
    labels,
    tryFind: (id) => tryFind(joined, id)?.facts,
    provenance: (id) => {
      const site = tryFind(joined, id);
      return site && factOrigins(site);
    },
  };
}

// What reading leaves behind: no raw value, no text.
interface Gathered {
  readonly blocks: readonly Block[];
  readonly skipped: SkippedRow[];
  /** Every text could be read as text, so what is not here does not exist. */
  readonly isComplete: boolean;
}

// Checks while it reads, so that raw values become garbage at once.
function gather(from: readonly InventorySource[], check: BlockCheck, faults: InventoryFault[], problems: Problem[]): Gathered {
  const blocks: Block[] = [];
  const skipped: SkippedRow[] = [];
  let isComplete = true;
  const sink: Sink = {
    site: (raw, origin) => {
      const block = check.tryCheck("site", raw, origin);
      if (!block) return;
      blocks.push(block);
      if (block.claimedId === undefined && !block.faulty.has("id")) {
        faults.push({
          code: "missing-fact",
          message: "id is missing",
          next: "give the site an id; it stays for ever",
          spots: [{ origin, path: [], aim: "key" }],
        });
      }
    },
    skipped: (row) => skipped.push(row),
    noted: (problem) => problems.push(problem),
    unreadable: (problem) => {
      isComplete = false;
      problems.push(problem);
    },
  };
  for (const source of from) source.read(sink);
  return { blocks, skipped, isComplete };
}

// Sites that claim one id are all left out: which of them is the right one is not ours to guess.
function mergeAll<L>(blocks: readonly Block[], twice: FleetVerdict["twice"], join: SiteMerger<L>): MergedSite<L>[] {
  const joined: MergedSite<L>[] = [];
  for (const block of blocks) {
    const site = join.tryMerge(block);
    if (site && block.patch.id !== undefined && !twice.has(block.patch.id)) joined.push(site);
  }
  join.reportConflicts();
  // Ids are ASCII, so this is byte order.
  return joined.sort((a, b) => (a.facts.id < b.facts.id ? -1 : 1));
}

// Sorted already, so a hundred thousand sites need no index beside the list.
function tryFind<L>(joined: readonly MergedSite<L>[], id: string): MergedSite<L> | undefined {
  let low = 0;
  for (let high = joined.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((joined[middle] as MergedSite<L>).facts.id < id) low = middle + 1;
    else high = middle;
  }
  return joined[low]?.facts.id === id ? joined[low] : undefined;
}
