import { nearestName, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { DefaultBlocks } from "./defaults.ts";
import type { InventoryFault } from "../text/inventory-fault.ts";
import type { MergedSite } from "./site-merger.ts";

/** Warnings for defaults without effect: a misspelled level path would silently leave its sites without their defaults. */
export function unusedDefaultFaults(
  defaults: DefaultBlocks,
  blocks: readonly Block[],
  joined: readonly MergedSite<unknown>[],
  hasFaults: boolean,
): InventoryFault[] {
  if (blocks.length === 0 && !hasFaults) {
    const next = "add a source with sites, or correct its path";
    return [{ code: "no-sites", severity: "warning", message: "the inventory has no sites", next, spots: [] }];
  }
  // A label default may belong to a site that was left out because of a fault.
  return [...unusedLevels(defaults, blocks), ...(hasFaults ? [] : unusedLabels(defaults, joined))];
}

// Levels are free data without a list of valid ones, so an unused level is the only sign of a typing error.
function unusedLevels({ levels }: DefaultBlocks, blocks: readonly Block[]): InventoryFault[] {
  if (levels.every(({ level }) => level.length === 0)) return [];
  const inUse = new Set<string>();
  for (const steps of new Set(blocks.map(({ patch }) => patch.level ?? []))) {
    for (let depth = 1; depth <= steps.length; depth++) inUse.add(steps.slice(0, depth).join("/"));
  }
  const unused = levels.filter(({ level }) => level.length > 0 && !inUse.has(level.join("/")));
  return unused.map((origin) => {
    const path = origin.level.join("/");
    const near = nearestName(path, inUse);
    const next = near ? `did you mean ${quoted(near)}?` : "remove it, or correct the path";
    return {
      code: "idle-default",
      severity: "warning",
      message: `no site is below the level ${quoted(path)}`,
      next,
      spots: [{ origin, path: [], aim: "key" }],
    };
  });
}

// Labels and values were checked against the schema before; here they are only unused.
function unusedLabels({ labels }: DefaultBlocks, joined: readonly MergedSite<unknown>[]): InventoryFault[] {
  const inUse = new Set<Block>();
  for (const defaults of new Set(joined.map((site) => site.defaults))) for (const block of defaults.blocks) inUse.add(block);
  const unused = labels.filter((block) => !inUse.has(block));
  return unused.map((origin) => {
    const next = "remove it, or correct the label";
    return {
      code: "idle-default",
      severity: "warning",
      message: `no site has ${quoted(origin.key)}`,
      next,
      spots: [{ origin, path: [], aim: "key" }],
    };
  });
}
