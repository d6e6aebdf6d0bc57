import type { Place } from "../core/index.ts";

/** What went wrong in one `where`, `build` or render, before it is known at how many sites. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly place?: Place | undefined;
  /** The construct inside the unit's chart, when one is to blame. */
  readonly construct?: string;
  readonly because?: string;
  readonly next: string;
}
