import type { SiteFacts } from "../facts.ts";

/** One level of the topology, with the number of sites in and below it. */
export interface LevelNode {
  /** Outermost level first; empty for the whole fleet. */
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

/** The topology, from the sites' level paths. */
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

// Level paths have at most eight steps, so recursion is safe.
function finished({ path, sites, below }: Growing): LevelNode {
  const names = [...below.keys()].sort();
  return { path, sites, below: names.map((name) => finished(below.get(name) as Growing)) };
}
