import type { Layer, Unit } from "../../constructs/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { unitPlace } from "../track/unit-place.ts";

/**
 * All units in apply order: each unit after its dependencies, layers before apps, layers in the order of their stack, else by name. A cycle
 * is a problem; its units then follow by name.
 */
export function orderUnits(units: readonly Unit[], findings: FindingGroups): Unit[] {
  const waitsFor = dependenciesOf(units);
  const ordered: Unit[] = [];
  const waiting = units.toSorted(byRank);
  while (waiting.length > 0) {
    const ready = waiting.findIndex((unit) => [...(waitsFor.get(unit) as Set<Unit>)].every((other) => ordered.includes(other)));
    if (ready < 0) {
      addCycle(waiting, waitsFor, findings);
      return [...ordered, ...waiting];
    }
    ordered.push(...waiting.splice(ready, 1));
  }
  return ordered;
}

/** A dependency applies between all units inside one construct and all inside the other. */
function dependenciesOf(units: readonly Unit[]): Map<Unit, Set<Unit>> {
  return new Map(
    units.map((unit) => {
      const targets = unit.node.scopes.flatMap((scope) => scope.node.dependencies);
      const waits = new Set(units.filter((other) => other !== unit && targets.some((target) => other.node.scopes.includes(target))));
      const below = stackOf(unit);
      const layerBelow = below[below.indexOf(unit) - 1];
      if (layerBelow !== undefined) waits.add(layerBelow);
      return [unit, waits];
    }),
  );
}

function stackOf(unit: Unit): readonly Unit[] {
  return unit.kind === "layer" ? ((unit as Layer).profile?.layers ?? []) : [];
}

function byRank(a: Unit, b: Unit): number {
  if (a.kind !== b.kind) return a.kind === "layer" ? -1 : 1;
  const depth = stackOf(a).indexOf(a) - stackOf(b).indexOf(b);
  return depth || compare(a.name, b.name) || compare(a.node.path, b.node.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function addCycle(waiting: readonly Unit[], waitsFor: ReadonlyMap<Unit, ReadonlySet<Unit>>, findings: FindingGroups): void {
  // Each waiting unit waits for another waiting unit, so following them always finds a cycle.
  const trail: Unit[] = [];
  let unit = waiting[0] as Unit;
  while (!trail.includes(unit)) {
    trail.push(unit);
    unit = [...(waitsFor.get(unit) as ReadonlySet<Unit>)].find((other) => waiting.includes(other)) as Unit;
  }
  const cycle = trail.slice(trail.indexOf(unit));
  findings.add({
    code: "dependency-cycle",
    message: `units depend on each other: ${[...cycle, unit].map((each) => each.name).join(" -> ")}`,
    at: cycle.map((each) => unitPlace(each)),
    because: "a layer depends on the layer before it and on constructs added by addDependency",
    next: "remove one of these dependencies",
  });
}
