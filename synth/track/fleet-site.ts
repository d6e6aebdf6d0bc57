import type { PlacedApp } from "../../constructs/index.ts";
import { capacityOf, type SiteCapacity, type SiteFacts } from "../../sites/index.ts";
import type { QueryableSite } from "./fact-step.ts";

/** Which sites run an app. Known after every `where` has run. */
export interface Derived {
  runs(site: number, app: PlacedApp): boolean;
  nearest(site: number, app: PlacedApp): SiteFacts | undefined;
  /** Whether an object is an app of this fleet. */
  knows(app: unknown): boolean;
}

/** One site, for steps and direct renders. */
export class FleetSite implements QueryableSite {
  readonly facts: SiteFacts;
  readonly index: number;
  readonly #derived: Derived;

  constructor(facts: SiteFacts, index: number, derived: Derived) {
    this.facts = facts;
    this.index = index;
    this.#derived = derived;
  }

  get capacity(): SiteCapacity {
    return capacityOf(this.facts);
  }

  runs(app: PlacedApp): boolean {
    return this.#derived.runs(this.index, app);
  }

  nearest(app: PlacedApp): SiteFacts | undefined {
    return this.#derived.nearest(this.index, app);
  }

  knows(app: unknown): boolean {
    return this.#derived.knows(app);
  }
}
