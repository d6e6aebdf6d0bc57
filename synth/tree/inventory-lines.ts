import type { InventoryLine } from "../../wire/index.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { Placement } from "../place/placement.ts";

/** The inventory lines of the fleet tree, for readers without the source. Sites without a profile are left out. */
export function inventoryLines(sites: readonly FleetSite[], placement: Placement): InventoryLine[] {
  return sites.flatMap(({ facts, index }) => {
    const profile = placement.profiles[index];
    if (profile === undefined) return [];
    const { id, name, level, location, timeZone, reportKey } = facts;
    const line = { id, name, level, labels: facts.labels, profile: profile.name, location, timeZone };
    return reportKey === undefined ? line : { ...line, reportKey };
  });
}
