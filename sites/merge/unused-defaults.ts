import { nearestName, quoted } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import type { DefaultBlocks } from "./defaults.ts";
import type { Fault } from "../text/fault.ts";
import type { JoinedSite } from "./site-join.ts";

/** Warnings for what has no effect: a misspelled level path would leave its sites without their defaults, and nobody would notice. */
export function idleFaults(
  defaults: DefaultBlocks,
  blocks: readonly Block[],
  joined: readonly JoinedSite<unknown>[],
  hasFaults: boolean,
): Fault[] {
  if (blocks.length === 0 && !hasFaults) {
    const next = "add a source with sites, or correct its path";
    return [{ code: "no-sites", severity: "warning", message: "the inventory has no sites", next, spots: [] }];
  }
  // A site that is left out for a fault may be the one that a label default is for.
  return [...idleLevels(defaults, blocks), ...(hasFaults ? [] : idleLabels(defaults, joined))];
}

// Levels are data, so there is no list of right ones to compare with: what no site uses is the only sign of a slip.
function idleLevels({ levels }: DefaultBlocks, blocks: readonly Block[]): Fault[] {
  if (levels.every(({ level }) => level.length === 0)) return [];
  const inUse = new Set<string>();
  for (const steps of new Set(blocks.map(({ patch }) => patch.level ?? []))) {
    for (let depth = 1; depth <= steps.length; depth++) inUse.add(steps.slice(0, depth).join("/"));
  }
  const idle = levels.filter(({ level }) => level.length > 0 && !inUse.has(level.join("/")));
  return idle.map((origin) => {
    const path = origin.level.join("/");
    const near = nearestName(path, inUse);
    const next = near ? `did you mean ${quoted(near)}?` : "remove it, or correct the path";
    return {
      code: "idle-default",
      severity: "warning",
      message: `no site lies below the level ${quoted(path)}`,
      next,
      spots: [{ origin, path: [], aim: "key" }],
    };
  });
}

// Possible labels were checked when the defaults were read; here they are only unused.
function idleLabels({ labels }: DefaultBlocks, joined: readonly JoinedSite<unknown>[]): Fault[] {
  const inUse = new Set<Block>();
  for (const layer of new Set(joined.map((site) => site.layer))) for (const block of layer.blocks) inUse.add(block);
  const idle = labels.filter((block) => !inUse.has(block));
  return idle.map((origin) => {
    const next = "remove it, or correct the label";
    return {
      code: "idle-default",
      severity: "warning",
      message: `no site carries ${quoted(origin.key)}`,
      next,
      spots: [{ origin, path: [], aim: "key" }],
    };
  });
}
