import type { SiteFacts, SiteCapacity } from "../sites/index.ts";
import type { Late } from "./late.ts";

/** The argument of `where`: the merged facts of one site, frozen, and sums over its nodes. */
export type PlacementSite<L> = SiteFacts<Readonly<L>> & {
  readonly capacity: SiteCapacity;
};

/** The argument of `build`. Every read is recorded; sites with equal values for all reads share one render. */
export type Site<L> = PlacementSite<L> & {
  /** The same facts as `Late` objects, which are filled in after rendering and do not multiply renders. */
  readonly late: LateOf<SiteFacts<L>>;
  /** Whether `app` is placed at this site. */
  runs(app: PlacedApp): boolean;
  /**
   * The nearest other site that runs `app`, by great-circle distance; the lower id at equal distances.
   * undefined when no other site runs it.
   */
  nearest(app: PlacedApp): SiteFacts<Readonly<L>> | undefined;
};

/** An `App` of the same fleet. */
export interface PlacedApp {
  readonly kind: "app";
  readonly name: string;
}

/**
 * Facts as late facts. Strings and numbers become `Late`; objects, key lists and lengths stay.
 * Booleans have no late form and are left out: they are made to be tested, and an object is always truthy.
 */
export type LateOf<T> = T extends string | number
  ? Late
  : T extends readonly (infer E)[]
    ? readonly LateOf<E>[]
    : T extends object
      ? { readonly [K in keyof T as NonNullable<T[K]> extends boolean ? never : K]: LateOf<T[K]> }
      : T extends boolean
        ? never
        : T;
