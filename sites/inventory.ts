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
  /** A zod schema (classic or mini). Its output type is the type of `site.labels`. */
  readonly labels: z.core.$ZodType<L>;
  /** A YAML file, an object, or several of either. */
  readonly defaults?: DefaultsSource | readonly DefaultsSource[];
  readonly from: readonly InventorySource[];
}

/** All sites of a fleet, read once and immutable. */
export interface Inventory<L> {
  /** Merged, checked, deeply frozen, in ascending order of ids. Without the sites that have a fault. */
  readonly sites: readonly SiteFacts<L>[];
  /** All faults of all sources, by file, line and column. */
  readonly problems: readonly Problem[];
  /** Rows that the row function skipped. */
  readonly skipped: readonly SkippedRow[];
  readonly labels: z.core.$ZodType<L>;
  tryFind(id: string): SiteFacts<L> | undefined;
  /** Each fact of a site with its file and line; undefined for an unknown id. Reads the files again. */
  provenance(id: string): readonly FactOrigin[] | undefined;
}

/**
 * Reads, checks and merges an inventory. All faults of the input are in `problems`; only a failing disk throws, as a `WorldError`. The order of sources,
 * files and sites does not change the result.
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
    // This warning is about cost, so it is only reported for an inventory without faults.
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

// The result of reading. Holds no raw values and no text, so that they can be garbage collected.
interface Gathered {
  readonly blocks: readonly Block[];
  readonly skipped: SkippedRow[];
  /** Every source could be read, so a site that is not in `blocks` does not exist. */
  readonly isComplete: boolean;
}

// Checks each site while reading, so that raw values can be garbage collected at once.
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
          next: "add an id; it can never change later",
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

// All sites with a duplicate id are left out, because nothing says which of them is right.
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

// Binary search in the sorted list, so that 100,000 sites need no index.
function tryFind<L>(joined: readonly MergedSite<L>[], id: string): MergedSite<L> | undefined {
  let low = 0;
  for (let high = joined.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((joined[middle] as MergedSite<L>).facts.id < id) low = middle + 1;
    else high = middle;
  }
  return joined[low]?.facts.id === id ? joined[low] : undefined;
}
