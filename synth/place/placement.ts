import type { Fleet, Layer, Profile, Unit } from "../../constructs/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { holds, type OwnedRule, ruleOf } from "./owned-rule.ts";
import { chooseProfiles } from "./profile-choice.ts";
import type { FleetIndex } from "./fleet-index.ts";

/** Which site gets which units: the results of every `where`. */
export interface Placement {
  /** By site index; undefined when no profile or several match, which is a problem. */
  readonly profiles: readonly (Profile | undefined)[];
  /** In the order of site ids. */
  readonly sitesOf: ReadonlyMap<Unit, readonly FleetSite[]>;
  /** Of profiles and units, for verification and `why`. */
  readonly rules: readonly OwnedRule[];
  /** Sites for which a rule failed, so that their units are not known. */
  readonly undecided: ReadonlySet<FleetSite>;
  /** One for each site by its index: 1 where the unit is placed. */
  readonly marks: ReadonlyMap<Unit, Uint8Array>;
}

export function placeAll(fleet: Fleet, fleetIndex: FleetIndex, sites: readonly FleetSite[], findings: FindingGroups): Placement {
  const undecided = new Set<FleetSite>();
  const profileRules = fleetIndex.profiles.map(ruleOf);
  const profiles = chooseProfiles(fleet, profileRules, sites, undecided, findings);
  const unitRules = fleetIndex.units.map(ruleOf);
  const sitesOf = new Map<Unit, readonly FleetSite[]>();
  const marks = new Map<Unit, Uint8Array>();
  for (const [index, unit] of fleetIndex.units.entries()) {
    const possible =
      unit.kind === "app"
        ? sites
        : sites.filter((site) => profiles[site.index] !== undefined && profiles[site.index] === (unit as Layer).profile);
    const its = possible.filter((site) => holds(unitRules[index] as OwnedRule, site, undecided, findings));
    sitesOf.set(unit, its);
    marks.set(unit, markIndexes(its, sites.length));
  }
  return { profiles, sitesOf, rules: [...profileRules, ...unitRules], undecided: undecided, marks };
}

function markIndexes(sites: readonly FleetSite[], count: number): Uint8Array {
  const marks = new Uint8Array(count);
  for (const site of sites) marks[site.index] = 1;
  return marks;
}
