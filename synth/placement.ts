import type { Layer, Profile, Unit } from "../constructs/index.ts";
import { nearestName } from "../core/index.ts";
import type { Causes, Finding } from "./causes.ts";
import { faultFinding } from "./fault-finding.ts";
import type { FleetSite } from "./fleet-site.ts";
import type { Roster } from "./roster.ts";
import { WhereRule } from "./where.ts";

/** A placement rule, and the construct that it belongs to. */
export interface OwnedRule {
  readonly owner: Profile | Unit;
  readonly path: string;
  readonly source: Unit["source"];
  readonly rule: WhereRule;
}

/** Who gets what: every `where` answered for every site. */
export interface Placement {
  /** By site index; undefined where none or several fit, which is a problem. */
  readonly profiles: readonly (Profile | undefined)[];
  /** In the order of site ids. */
  readonly sitesOf: ReadonlyMap<Unit, readonly FleetSite[]>;
  /** Of profiles and units, for verification and `why`. */
  readonly rules: readonly OwnedRule[];
  /** One for each site by its index: 1 where the unit is placed. */
  readonly marks: ReadonlyMap<Unit, Uint8Array>;
}

export function placeAll(roster: Roster, sites: readonly FleetSite[], causes: Causes): Placement {
  const profileRules = roster.profiles.map(ruleOf);
  const profiles = chooseProfiles(profileRules, sites, causes);
  const unitRules = roster.units.map(ruleOf);
  const sitesOf = new Map<Unit, readonly FleetSite[]>();
  const marks = new Map<Unit, Uint8Array>();
  for (const [index, unit] of roster.units.entries()) {
    const possible =
      unit.kind === "app"
        ? sites
        : sites.filter((site) => profiles[site.index] !== undefined && profiles[site.index] === (unit as Layer).profile);
    const its = possible.filter((site) => holds(unitRules[index] as OwnedRule, site, causes));
    sitesOf.set(unit, its);
    marks.set(unit, markIndexes(its, sites.length));
  }
  return { profiles, sitesOf, rules: [...profileRules, ...unitRules], marks };
}

function ruleOf(owner: Profile | Unit): OwnedRule {
  return { owner, path: owner.node.path, source: owner.source, rule: new WhereRule(owner.props.where) };
}

function holds(owned: OwnedRule, site: FleetSite, causes: Causes): boolean {
  const leaf = owned.rule.leafAt(site);
  if (leaf === undefined) return true;
  for (const fault of leaf.result.faults) causes.addAt(faultFinding(owned, fault), 1, site.facts.id);
  return leaf.result.value;
}

function markIndexes(sites: readonly FleetSite[], count: number): Uint8Array {
  const marks = new Uint8Array(count);
  for (const site of sites) marks[site.index] = 1;
  return marks;
}

function chooseProfiles(rules: readonly OwnedRule[], sites: readonly FleetSite[], causes: Causes): (Profile | undefined)[] {
  const byName = new Map(rules.map(({ owner }) => [owner.name, owner as Profile]));
  return sites.map((site) => {
    const named = site.facts.profile;
    if (named !== undefined) return byName.get(named) ?? addUnknown(named, byName, site, causes);
    let chosen: Profile | undefined;
    let fitting = 0;
    for (const owned of rules) {
      if (!holds(owned, site, causes)) continue;
      chosen = owned.owner as Profile;
      fitting++;
    }
    return fitting === 1 ? chosen : addUnfit(rules, site, causes);
  });
}

function addUnknown(named: string, byId: ReadonlyMap<string, Profile>, site: FleetSite, causes: Causes): undefined {
  const near = nearestName(named, byId.keys());
  const finding = {
    code: "unknown-profile",
    message: `the profile "${named}" is not in the fleet`,
    at: [{ path: `profile of ${site.facts.id}` }],
    next: near === undefined ? `construct it: new Profile(fleet, "${named}")` : `did you mean "${near}"?`,
    cause: named,
  };
  causes.addAt(finding, 1, site.facts.id);
}

function addUnfit(rules: readonly OwnedRule[], site: FleetSite, causes: Causes): undefined {
  const fitting = rules.filter((owned) => holds(owned, site, causes));
  const finding = fitting.length === 0 ? noProfile(rules.length, site) : severalProfiles(fitting);
  causes.addAt(finding, 1, site.facts.id);
}

function noProfile(known: number, site: FleetSite): Finding {
  const next =
    known === 0 ? 'give the fleet one: new Profile(fleet, "base")' : "widen the where of one profile, or set the site's `profile` fact";
  return { code: "no-profile", message: "no profile fits", at: [{ path: `profile of ${site.facts.id}` }], next, cause: "" };
}

function severalProfiles(fitting: readonly OwnedRule[]): Finding {
  const names = fitting.map(({ owner }) => owner.name).join(", ");
  return {
    code: "several-profiles",
    message: `more than one profile fits: ${names}`,
    at: fitting.map(({ path, source }) => ({ ...source, path })),
    because: "a site is one class of cluster",
    next: "narrow the where of all but one, or set the site's `profile` fact",
    cause: names,
  };
}
