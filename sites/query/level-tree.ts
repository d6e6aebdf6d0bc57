import type { SiteFacts } from "../facts.ts";

/** One level of the topology with the sites in and below it. */
export interface LevelNode {
  /** From the outermost in; empty for the whole fleet. */
  readonly path: readonly string[];
  readonly sites: number;
  /** In ascending order of their names. */
  readonly below: readonly LevelNode[];
}

interface Growing {
  readonly path: readonly string[];
  sites: number;
  readonly below: Map<string, Growing>;
}

/** The topology that the sites' level paths make together. */
export function levelTree(sites: readonly Pick<SiteFacts<unknown>, "level">[]): LevelNode {
  const root: Growing = { path: [], sites: 0, below: new Map() };
  for (const { level } of sites) {
    let node = root;
    node.sites++;
    for (const step of level) {
      let next = node.below.get(step);
      if (!next) node.below.set(step, (next = { path: [...node.path, step], sites: 0, below: new Map() }));
      node = next;
      node.sites++;
    }
  }
  return finished(root);
}

// Recursion is as deep as levels are: eight at most.
function finished({ path, sites, below }: Growing): LevelNode {
  const names = [...below.keys()].sort();
  return { path, sites, below: names.map((name) => finished(below.get(name) as Growing)) };
}
