import { type SeenValue, ask, type QueryableSite, type FactStep } from "./fact-step.ts";
import type { FleetSite } from "./fleet-site.ts";
import type { RecordedStep } from "./recording.ts";

/** A place where the tree asks, and where each answer leads. */
interface Fork<T> {
  readonly step: FactStep;
  readonly branches: Map<SeenValue, Fork<T> | Leaf<T>>;
}

export interface Leaf<T> {
  readonly result: T;
  /** All that was read on the way here, in order. */
  readonly trace: readonly RecordedStep[];
  /** Who came here, when that is counted: in the order of coming. */
  readonly sites: FleetSite[];
}

/**
 * What one `where` or `build` read, and what came of it: fact -> what was seen -> … -> result. Sound because the function is pure: with the
 * same answers so far it asks the same next question, so a site that finds a leaf would have got just this result.
 */
export class DecisionTree<T> {
  readonly leaves: Leaf<T>[] = [];
  readonly #opened: unknown[] = [];
  #root: Fork<T> | Leaf<T> | undefined;

  /** The leaf that a site's facts lead to; undefined when nobody took this way before. */
  tryFind(site: QueryableSite): Leaf<T> | undefined {
    let node = this.#root;
    this.#opened[0] = site.facts;
    for (let slot = 1; node !== undefined && "step" in node; slot++) {
      node = node.branches.get(ask(node.step, site, this.#opened, slot));
    }
    return node;
  }

  /**
   * Adds what a miss gave. Returns undefined when the trace does not fit the tree: after the same answers another question was asked,
   * which a pure function cannot do.
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
