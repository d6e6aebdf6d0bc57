import type { SiteFacts, SiteCapacity } from "../sites/index.ts";
import type { Late } from "./late.ts";

/** What `where` sees: the merged facts of one site, frozen, and sums over its nodes. */
export type PlacementSite<L> = SiteFacts<Readonly<L>> & {
  readonly capacity: SiteCapacity;
};

/** What `build` sees. Every read is noted; sites that answer all reads alike share one render. */
export type Site<L> = PlacementSite<L> & {
  /** The same facts as `Late` objects, which are filled in after rendering and so do not multiply renders. */
  readonly late: LateOf<SiteFacts<L>>;
  /** Whether `app` is placed at this site. */
  runs(app: PlacedApp): boolean;
  /**
   * The nearest other site that runs `app`, by great-circle distance; equal distances go to the lower id.
   * undefined when this site has no location or no other one with a location runs it.
   */
  nearest(app: PlacedApp): SiteFacts<Readonly<L>> | undefined;
};

/** An `App` of the same fleet. */
export interface PlacedApp {
  readonly kind: "app";
  readonly name: string;
}

/**
 * Facts as late facts. Text and numbers become `Late`; shapes, key lists and lengths stay what they are.
 * What is true or false has no late form and is left out: it is there to be asked, and an object always answers true.
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
