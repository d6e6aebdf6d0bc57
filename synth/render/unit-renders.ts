import type { Unit } from "../../constructs/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import type { Leaf } from "../track/decision-tree.ts";
import { faultFinding } from "../track/fault-finding.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { LateTable } from "../late/late-table.ts";
import { type Rendered, renderedKey, tryRendered } from "./rendered.ts";
import { renderUnit } from "./render-unit.ts";
import { type TrackedResult, Tracked } from "../track/tracked.ts";

/** The renders of one unit for all its sites. */
export class UnitRenders {
  readonly unit: Unit;
  readonly sites: readonly FleetSite[];
  /** The leaves of the unit's decision tree. Results with equal bytes are one object. */
  readonly leaves: Leaf<TrackedResult<Rendered | undefined>>[] = [];
  readonly #tracked: Tracked<Rendered | undefined>;
  readonly #bySite: (Rendered | undefined)[] = [];

  constructor(unit: Unit, sites: readonly FleetSite[], late: LateTable) {
    this.unit = unit;
    this.sites = sites;
    const known = new Map<string, Rendered>();
    this.#tracked = new Tracked(
      "build",
      (path) => late.markerOf(path),
      (view, recording, log) => {
        const built = renderUnit(unit, view, recording, log);
        const rendered = tryRendered(unit, built, late, recording.handedOut, log);
        return rendered && interned(rendered, known);
      },
    );
  }

  renderAll(): void {
    for (const site of this.sites) {
      const leaf = this.#tracked.at(site);
      if (leaf.sites.length === 0) this.leaves.push(leaf);
      leaf.sites.push(site);
      this.#bySite[site.index] = leaf.result.value;
    }
  }

  addFaults(findings: FindingGroups): void {
    const owner = { path: this.unit.node.path, source: this.unit.source };
    for (const { result, sites } of this.leaves) {
      for (const fault of result.faults) findings.addAt(faultFinding(owner, fault), sites);
    }
  }

  leafAt(site: FleetSite): Leaf<TrackedResult<Rendered | undefined>> {
    return this.#tracked.at(site);
  }

  /** undefined when the unit is not placed at the site or failed to render. */
  at(site: number): Rendered | undefined {
    return this.#bySite[site];
  }
}

function interned(rendered: Rendered, known: Map<string, Rendered>): Rendered {
  const key = renderedKey(rendered);
  const twin = known.get(key);
  if (twin === undefined) known.set(key, rendered);
  return twin ?? rendered;
}
