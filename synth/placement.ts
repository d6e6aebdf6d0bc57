import type { Layer, Profile, Unit } from "../constructs/index.ts";
import { nearestName } from "../core/index.ts";
import type { Causes } from "./causes.ts";
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
  isPlaced(unit: Unit, site: number): boolean;
}

export function placeAll(roster: Roster, sites: readonly FleetSite[], causes: Causes): Placement {
  const profileRules = roster.profiles.map(ruleOf);
  const profiles = chooseProfiles(profileRules, sites, causes);
  const unitRules = roster.units.map(ruleOf);
  const sitesOf = new Map<Unit, readonly FleetSite[]>();
  const placed = new Map<Unit, Uint8Array>();
  for (const [index, unit] of roster.units.entries()) {
    const possible =
      unit.kind === "app"
        ? sites
        : sites.filter((site) => profiles[site.index] !== undefined && profiles[site.index] === (unit as Layer).profile);
    const its = possible.filter((site) => holds(unitRules[index] as OwnedRule, site, causes));
    sitesOf.set(unit, its);
    placed.set(unit, markIndexes(its, sites.length));
  }
  return { profiles, sitesOf, rules: [...profileRules, ...unitRules], isPlaced: (unit, site) => placed.get(unit)?.[site] === 1 };
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
    const fitting = rules.filter((owned) => holds(owned, site, causes)).map(({ owner }) => owner as Profile);
    return fitting.length === 1 ? fitting[0] : addUnfit(fitting, rules.length, site, causes);
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

function addUnfit(fitting: readonly Profile[], known: number, site: FleetSite, causes: Causes): undefined {
  if (fitting.length === 0) {
    const next =
      known === 0 ? 'give the fleet one: new Profile(fleet, "base")' : "widen the where of one profile, or set the site's `profile` fact";
    causes.addAt(
      { code: "no-profile", message: "no profile fits", at: [{ path: `profile of ${site.facts.id}` }], next, cause: "" },
      1,
      site.facts.id,
    );
    return;
  }
  const names = fitting.map((profile) => profile.name).join(", ");
  const finding = {
    code: "several-profiles",
    message: `more than one profile fits: ${names}`,
    at: fitting.map((profile) => ({ ...profile.source, path: profile.node.path })),
    because: "a site is one class of cluster",
    next: "narrow the where of all but one, or set the site's `profile` fact",
    cause: names,
  };
  causes.addAt(finding, 1, site.facts.id);
}
