import type { LateTable } from "./late/late-table.ts";
import type { Placement } from "./place/placement.ts";
import type { UnitRenders } from "./render/unit-renders.ts";
import type { FleetSite } from "./track/fleet-site.ts";

/** Details of each site and unit, for `why` and for tests of fleets. */
export interface SynthDetail {
  readonly sites: readonly FleetSite[];
  readonly placement: Placement;
  /** In apply order. */
  readonly renders: readonly UnitRenders[];
  readonly late: LateTable;
}
