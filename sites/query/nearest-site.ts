import { around, distance } from "geokdbush";
import KDBush from "kdbush";
import type { SiteFacts } from "../facts.ts";

/** Finds the nearest site in a fixed, non-empty set by great-circle distance. */
export class NearestSites {
  readonly #sites: readonly SiteFacts[];
  readonly #index: KDBush;

  constructor(sites: readonly SiteFacts[]) {
    this.#sites = sites;
    this.#index = new KDBush(sites.length);
    for (const { location } of sites) this.#index.add(location.longitude, location.latitude);
    this.#index.finish();
  }

  /** The nearest site other than `site` itself; the lowest id among sites at the same distance. */
  nearestTo(site: SiteFacts): SiteFacts | undefined {
    const { longitude, latitude } = site.location;
    const isOther = (index: number): boolean => (this.#sites[index] as SiteFacts).id !== site.id;
    const [first] = around(this.#index, longitude, latitude, 1, Infinity, isOther);
    if (first === undefined) return undefined;
    const { location } = this.#sites[first] as SiteFacts;
    const kilometres = distance(longitude, latitude, location.longitude, location.latitude);
    // A small margin, because the search rounds differently from `distance`. Near the antipode the difference may exceed it.
    const level = around(this.#index, longitude, latitude, Infinity, kilometres + 1e-6, isOther).map(
      (index) => this.#sites[index] as SiteFacts,
    );
    return level.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0] ?? this.#sites[first];
  }
}
