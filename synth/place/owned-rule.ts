import type { Profile, Unit } from "../../constructs/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { faultFinding } from "../track/fault-finding.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { WhereRule } from "./where.ts";

/** A placement rule and its construct. */
export interface OwnedRule {
  readonly owner: Profile | Unit;
  readonly path: string;
  readonly source: Unit["source"];
  readonly rule: WhereRule;
}

export function ruleOf(owner: Profile | Unit): OwnedRule {
  return { owner, path: owner.node.path, source: owner.source, rule: new WhereRule(owner.props.where) };
}

/** The rule's result. A site at which the rule fails is marked as undecided, so that no follow-up problems are reported for it. */
export function holds(owned: OwnedRule, site: FleetSite, undecided: Set<FleetSite>, findings: FindingGroups): boolean {
  const leaf = owned.rule.leafAt(site);
  if (leaf === undefined) return true;
  const { faults, value } = leaf.result;
  if (faults.length === 0) return value;
  for (const fault of faults) findings.addAt(faultFinding(owned, fault), [site]);
  undecided.add(site);
  return false;
}
