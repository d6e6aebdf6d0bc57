import type { Fleet, Layer, Profile, Unit } from "../../constructs/index.ts";
import { isDnsLabel } from "../../core/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { orderUnits } from "./unit-order.ts";
import { unitPlace } from "../track/unit-place.ts";

/** The constructs of the fleet after checks of names, order and the constructs' own validations. */
export interface FleetIndex {
  readonly profiles: readonly Profile[];
  /** In apply order, with the layers of all profiles. */
  readonly units: readonly Unit[];
}

const LABEL_RULE = "use at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends";

export function readFleetIndex(fleet: Fleet, findings: FindingGroups): FleetIndex {
  const { profiles, units } = fleet;
  checkFleetId(fleet, findings);
  for (const unit of units) checkUnit(unit, findings);
  for (const profile of profiles) checkProfile(profile, profiles, findings);
  checkDuplicateNames(units, findings);
  runValidations(fleet, findings);
  return { profiles, units: orderUnits(units, findings) };
}

function checkFleetId(fleet: Fleet, findings: FindingGroups): void {
  if (isDnsLabel(fleet.id)) return;
  findings.add({
    code: "bad-fleet-id",
    message: `the fleet's id ${JSON.stringify(fleet.id)} is not a DNS label`,
    at: [{ path: fleet.id }],
    next: LABEL_RULE,
  });
}

function checkUnit(unit: Unit, findings: FindingGroups): void {
  if (!isDnsLabel(unit.name)) {
    findings.add({
      code: "bad-unit-name",
      message: `the name of the ${unit.kind} ${JSON.stringify(unit.name)} is not a DNS label`,
      at: [unitPlace(unit)],
      because: "the name is a folder in site trees and a key in plans",
      next: LABEL_RULE,
    });
  }
  if (unit.kind === "layer" && (unit as Layer).profile === undefined) {
    findings.add({
      code: "layer-without-profile",
      message: `the layer "${unit.name}" is outside any profile, so no site would get it`,
      at: [unitPlace(unit)],
      next: `construct it inside a profile: new ${unit.constructor.name}(profile, "${unit.name}", …)`,
    });
  }
}

function checkProfile(profile: Profile, profiles: readonly Profile[], findings: FindingGroups): void {
  const at = { ...profile.source, path: profile.node.path };
  if (!isDnsLabel(profile.name)) {
    findings.add({
      code: "bad-profile-name",
      message: `the name of the profile ${JSON.stringify(profile.name)} is not a DNS label`,
      at: [at],
      next: LABEL_RULE,
    });
  }
  const twin = profiles.slice(0, profiles.indexOf(profile)).find((other) => other.name === profile.name);
  if (twin === undefined) return;
  findings.add({
    code: "duplicate-profile-name",
    message: `two profiles are named "${profile.name}"`,
    at: [{ ...twin.source, path: twin.node.path }, at],
    because: "a site's `profile` fact must name exactly one",
    next: "rename one of them",
  });
}

/** Two units that one site could have must have different names. Layers of different profiles never share a site. */
function checkDuplicateNames(units: readonly Unit[], findings: FindingGroups): void {
  for (const [index, unit] of units.entries()) {
    const twin = units.slice(0, index).find((other) => other.name === unit.name && canShareSite(unit, other));
    if (twin === undefined) continue;
    findings.add({
      code: "duplicate-unit-name",
      message: `two units are named "${unit.name}"`,
      at: [unitPlace(twin), unitPlace(unit)],
      because: "plans and reports identify units by name",
      next: "rename one of them",
    });
  }
}

function canShareSite(a: Unit, b: Unit): boolean {
  return a.kind === "app" || b.kind === "app" || (a as Layer).profile === (b as Layer).profile;
}

function runValidations(fleet: Fleet, findings: FindingGroups): void {
  for (const construct of fleet.node.findAll()) {
    for (const message of construct.node.validate()) {
      findings.add({
        code: "invalid-construct",
        message,
        at: [{ path: construct.node.path }],
        next: "correct the construct as its validation says",
      });
    }
  }
}
