import type { Capacity, PlacedApp } from "../../constructs/index.ts";
import type { NodeFacts, SiteFacts } from "../../sites/index.ts";
import type { SiteWorld } from "./fact-step.ts";

/** Which sites run an app, and where: known when every `where` has been answered. */
export interface Derived {
  runs(site: number, app: PlacedApp): boolean;
  nearest(site: number, app: PlacedApp): SiteFacts | undefined;
  /** Whether an object is an app of this fleet. */
  knows(app: unknown): boolean;
}

/** One site as steps and direct renders ask it. */
export class FleetSite implements SiteWorld {
  readonly facts: SiteFacts;
  readonly index: number;
  readonly #derived: Derived;

  constructor(facts: SiteFacts, index: number, derived: Derived) {
    this.facts = facts;
    this.index = index;
    this.#derived = derived;
  }

  get capacity(): Capacity {
    return capacityOf(this.facts.nodes);
  }

  runs(app: PlacedApp): boolean {
    return this.#derived.runs(this.index, app);
  }

  nearest(app: PlacedApp): SiteFacts | undefined {
    return this.#derived.nearest(this.index, app);
  }

  knows(app: unknown): boolean {
    return this.#derived.knows(app);
  }
}

// Sites that got their nodes from the same defaults share the list.
const capacities = new WeakMap<readonly NodeFacts[], Capacity>();

function capacityOf(nodes: readonly NodeFacts[]): Capacity {
  let capacity = capacities.get(nodes);
  if (capacity === undefined) {
    capacity = Object.freeze({
      nodes: nodes.length,
      cpu: sum(nodes, (node) => node.cpu),
      memoryBytes: sum(nodes, (node) => node.memory),
      diskBytes: sum(nodes, (node) => sum(node.disks, (disk) => disk.sizeBytes)),
      gpus: sum(nodes, (node) => node.gpus.length),
    });
    capacities.set(nodes, capacity);
  }
  return capacity;
}

function sum<T>(list: readonly T[], amount: (item: T) => number): number {
  let total = 0;
  for (const item of list) total += amount(item);
  return total;
}
