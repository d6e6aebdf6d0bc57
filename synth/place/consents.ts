import type { Consent, Fleet, Unit } from "../../constructs/index.ts";
import type { Place } from "../../core/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { faultFinding } from "../track/fault-finding.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { WhereRule } from "./where.ts";

/** A consent, and the construct that declares it. */
export interface OwnedConsent {
  readonly consent: Consent<any>;
  readonly path: string;
  readonly source: Place | undefined;
  readonly rule: WhereRule;
}

export function consentsOf(fleet: Fleet, units: readonly Unit[]): OwnedConsent[] {
  const owned = (consents: readonly Consent<any>[] = [], path: string, source: Place | undefined): OwnedConsent[] =>
    consents.map((consent) => ({ consent, path, source, rule: new WhereRule(consent.where) }));
  return [
    ...owned(fleet.consents, fleet.node.path, undefined),
    ...units.flatMap((unit) => owned(unit.props.consents, unit.node.path, unit.source)),
  ];
}

/** The consents that apply at a site. */
export function consentsAt(consents: readonly OwnedConsent[], site: FleetSite, findings: FindingGroups): OwnedConsent[] {
  return consents.filter((owned) => {
    const leaf = owned.rule.leafAt(site);
    for (const fault of leaf?.result.faults ?? []) findings.addAt(faultFinding(owned, fault), [site]);
    return leaf === undefined || leaf.result.value;
  });
}
