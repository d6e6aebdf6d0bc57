import type { Fleet, Profile } from "../../constructs/index.ts";
import { nearestName, type Place } from "../../core/index.ts";
import type { FindingGroups, LocatedFinding } from "../track/finding-groups.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { holds, type OwnedRule } from "./owned-rule.ts";

/** Each site's profile: the one that its `profile` fact names, else the only one whose `where` returns true. None or several is a problem. */
export function chooseProfiles(
  fleet: Fleet,
  rules: readonly OwnedRule[],
  sites: readonly FleetSite[],
  undecided: Set<FleetSite>,
  findings: FindingGroups,
): (Profile | undefined)[] {
  const byName = new Map(rules.map(({ owner }) => [owner.name, owner as Profile]));
  return sites.map((site) => {
    const named = site.facts.profile;
    if (named !== undefined) return byName.get(named) ?? addUnknown(fleet, named, byName, site, findings);
    let chosen: Profile | undefined;
    let fitting = 0;
    for (const owned of rules) {
      if (!holds(owned, site, undecided, findings)) continue;
      chosen = owned.owner as Profile;
      fitting++;
    }
    if (fitting === 1 || undecided.has(site)) return chosen;
    return addProfileMismatch(rules, site, findings);
  });
}

function addUnknown(fleet: Fleet, named: string, known: ReadonlyMap<string, Profile>, site: FleetSite, findings: FindingGroups): undefined {
  const near = nearestName(named, known.keys());
  const finding = {
    code: "unknown-profile" as const,
    message: `the profile "${named}" is not in the fleet`,
    next: near === undefined ? `construct it: new Profile(fleet, "${named}")` : `did you mean "${near}"?`,
    cause: named,
  };
  // Finding the line reads the inventory's files, so it is done only for the first site of a cause.
  const at = findings.has(finding.code, named) ? [] : profilePlace(fleet, site.facts.id);
  findings.addAt({ ...finding, at }, [site]);
}

function profilePlace(fleet: Fleet, site: string): readonly Place[] {
  const origin = fleet.inventory.provenance(site)?.find(({ name }) => name === "profile");
  return [origin?.at ?? { path: `profile of ${site}` }];
}

function addProfileMismatch(rules: readonly OwnedRule[], site: FleetSite, findings: FindingGroups): undefined {
  const fitting = rules.filter(({ rule }) => rule.leafAt(site)?.result.value ?? true);
  const finding = fitting.length === 0 ? noProfile(rules.length, site) : severalProfiles(fitting);
  findings.addAt(finding, [site]);
}

function noProfile(known: number, site: FleetSite): LocatedFinding {
  const next =
    known === 0 ? 'add a profile: new Profile(fleet, "base")' : "widen the where of one profile, or set the site's `profile` fact";
  return { code: "no-profile", message: "no profile matches", at: [{ path: `profile of ${site.facts.id}` }], next, cause: "" };
}

function severalProfiles(fitting: readonly OwnedRule[]): LocatedFinding {
  const names = fitting.map(({ owner }) => owner.name).join(", ");
  return {
    code: "several-profiles",
    message: `several profiles match: ${names}`,
    at: fitting.map(({ path, source }) => ({ ...source, path })),
    because: "a site must have exactly one profile",
    next: "narrow the where of all but one, or set the site's `profile` fact",
    cause: names,
  };
}
