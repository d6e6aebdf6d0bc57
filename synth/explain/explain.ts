import type { Place } from "../../core/index.ts";
import { allReads } from "./trace-text.ts";
import type { UnitRenders } from "../render/unit-renders.ts";

/** How often a unit was rendered, and because of which facts. */
export interface UnitExplanation {
  readonly unit: string;
  readonly kind: "layer" | "app";
  readonly path: string;
  readonly source: Place | undefined;
  readonly sites: number;
  /** Distinct paths through its decision tree; each was rendered once. */
  readonly renders: number;
  /** Distinct results, by bytes. Fewer than renders when a fact was read that does not affect the result. */
  readonly results: number;
  /** The facts with different values at its sites, the one with the most values first. */
  readonly causes: readonly Cause[];
}

export interface Cause {
  readonly fact: string;
  /** Number of different values; a missing fact counts as a value. */
  readonly values: number;
  /** Whether the fact is missing at some of the sites. */
  readonly isAbsentAtSome: boolean;
}

/** Most renders first. */
export function explainUnits(renders: readonly UnitRenders[]): UnitExplanation[] {
  return renders.map(explainUnit).sort((a, b) => b.renders - a.renders || (a.path < b.path ? -1 : 1));
}

const SHAPES = { list: Symbol("list"), map: Symbol("map"), late: Symbol("late") };

function explainUnit(each: UnitRenders): UnitExplanation {
  const { unit, sites, leaves } = each;
  const values = new Map<string, Set<unknown>>();
  for (const leaf of leaves) {
    for (const { fact, value, shape } of allReads(leaf.trace)) {
      const known = values.get(fact) ?? new Set();
      // A list at one site and a map at another count as two values, whatever their content.
      values.set(fact, known.add(shape === undefined ? value : SHAPES[shape]));
    }
  }
  const causes = [...values]
    .map(([fact, seen]) => ({ fact, values: seen.size, isAbsentAtSome: seen.has(undefined) }))
    .filter((cause) => cause.values > 1);
  return {
    unit: unit.name,
    kind: unit.kind,
    path: unit.node.path,
    source: unit.source,
    sites: sites.length,
    renders: leaves.length,
    results: new Set(leaves.map((leaf) => leaf.result.value)).size,
    causes: causes.sort((a, b) => b.values - a.values || (a.fact < b.fact ? -1 : 1)),
  };
}
