import { around, distance } from "geokdbush";
import KDBush from "kdbush";
import type { SiteFacts } from "../facts.ts";

/** Finds neighbours among a fixed set of sites, at least one, by great-circle distance. */
export class NearestSites {
  readonly #sites: readonly SiteFacts[];
  readonly #index: KDBush;

  constructor(sites: readonly SiteFacts[]) {
    this.#sites = sites;
    this.#index = new KDBush(sites.length);
    for (const { location } of sites) this.#index.add(location.longitude, location.latitude);
    this.#index.finish();
  }

  /** The nearest of the set that is not the site itself; of several at one distance the one with the lowest id. */
  nearestTo(site: SiteFacts): SiteFacts | undefined {
    const { longitude, latitude } = site.location;
    const isOther = (index: number): boolean => (this.#sites[index] as SiteFacts).id !== site.id;
    const [first] = around(this.#index, longitude, latitude, 1, Infinity, isOther);
    if (first === undefined) return undefined;
    const { location } = this.#sites[first] as SiteFacts;
    const kilometres = distance(longitude, latitude, location.longitude, location.latitude);
    // A hair more than the distance itself: the search adds up in another order than `distance` does.
    const level = around(this.#index, longitude, latitude, Infinity, kilometres + 1e-6, isOther).map(
      (index) => this.#sites[index] as SiteFacts,
    );
    return level.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
  }
}
