import { type SeenValue, ask, type QueryableSite, type FactStep } from "./fact-step.ts";
import type { FleetSite } from "./fleet-site.ts";
import type { RecordedStep } from "./recording.ts";

/** An inner node of the tree: a step, and a branch for each value. */
interface Fork<T> {
  readonly step: FactStep;
  readonly branches: Map<SeenValue, Fork<T> | Leaf<T>>;
}

export interface Leaf<T> {
  readonly result: T;
  /** All reads on the path to this leaf, in order. */
  readonly trace: readonly RecordedStep[];
  /** The sites of this leaf, when they are counted, in order. */
  readonly sites: FleetSite[];
}

/**
 * The reads of one `where` or `build` and their results: fact -> value -> … -> result. It is correct because the function is pure: after the
 * same values it reads the same next fact, so a site that reaches a leaf would get exactly this result.
 */
export class DecisionTree<T> {
  readonly leaves: Leaf<T>[] = [];
  readonly #opened: unknown[] = [];
  #root: Fork<T> | Leaf<T> | undefined;

  /** The leaf for a site's facts; undefined when no earlier site had the same values. */
  tryFind(site: QueryableSite): Leaf<T> | undefined {
    let node = this.#root;
    this.#opened[0] = site.facts;
    for (let slot = 1; node !== undefined && "step" in node; slot++) {
      node = node.branches.get(ask(node.step, site, this.#opened, slot));
    }
    return node;
  }

  /**
   * Adds the result of a miss. Returns undefined when the trace contradicts the tree: after the same values the function read another fact,
   * so it is not pure.
   */
  add(trace: readonly RecordedStep[], result: T): Leaf<T> | undefined {
    const leaf: Leaf<T> = { result, trace, sites: [] };
    let fork = this.#root;
    if (fork === undefined) {
      this.#root = chain(trace, 0, leaf);
      this.leaves.push(leaf);
      return leaf;
    }
    for (const [index, seen] of trace.entries()) {
      if (!("step" in fork) || !isSame(fork.step, seen)) return undefined;
      const next = fork.branches.get(seen.answer);
      if (next === undefined) {
        fork.branches.set(seen.answer, chain(trace, index + 1, leaf));
        this.leaves.push(leaf);
        return leaf;
      }
      fork = next;
    }
    return undefined;
  }
}

function chain<T>(trace: readonly RecordedStep[], from: number, leaf: Leaf<T>): Fork<T> | Leaf<T> {
  let node: Fork<T> | Leaf<T> = leaf;
  for (let index = trace.length - 1; index >= from; index--) {
    const { answer, ...step } = trace[index] as RecordedStep;
    node = { step, branches: new Map([[answer, node]]) };
  }
  return node;
}

function isSame(a: FactStep, b: FactStep): boolean {
  return a.kind === b.kind && a.parent === b.parent && a.key === b.key && a.app === b.app;
}
