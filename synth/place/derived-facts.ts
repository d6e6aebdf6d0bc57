import type { PlacedApp, Unit } from "../../constructs/index.ts";
import { NearestSites, type SiteFacts } from "../../sites/index.ts";
import type { Derived, FleetSite } from "../track/fleet-site.ts";
import type { Placement } from "./placement.ts";

/** Facts that depend on the placement of apps. They are only read after placement: in `where` they are refused, and renders come later. */
export class DerivedFacts implements Derived {
  readonly #apps: ReadonlySet<unknown>;
  readonly #nearest = new Map<PlacedApp, NearestSites | undefined>();
  #placed: { readonly placement: Placement; readonly sites: readonly FleetSite[] } | undefined;

  constructor(units: readonly Unit[]) {
    this.#apps = new Set(units.filter((unit) => unit.kind === "app"));
  }

  setPlacement(placement: Placement, sites: readonly FleetSite[]): void {
    this.#placed = { placement, sites };
  }

  knows(app: unknown): boolean {
    return this.#apps.has(app);
  }

  runs(site: number, app: PlacedApp): boolean {
    return this.#known.placement.marks.get(app as Unit)?.[site] === 1;
  }

  nearest(site: number, app: PlacedApp): SiteFacts | undefined {
    const { placement, sites } = this.#known;
    if (!this.#nearest.has(app)) {
      const those = placement.sitesOf.get(app as Unit) ?? [];
      this.#nearest.set(app, those.length === 0 ? undefined : new NearestSites(those.map(({ facts }) => facts)));
    }
    return this.#nearest.get(app)?.nearestTo((sites[site] as FleetSite).facts);
  }

  get #known() {
    if (this.#placed === undefined) throw new Error("derived facts were read before the placement");
    return this.#placed;
  }
}
