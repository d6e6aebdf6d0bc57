import type { Fleet, Layer, Profile, Unit } from "../../constructs/index.ts";
import { isDnsLabel } from "../../core/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { orderUnits } from "./unit-order.ts";
import { unitPlace } from "../track/unit-place.ts";

/** The fleet's code, read once and judged: names, places, order, the constructs' own validations. */
export interface FleetIndex {
  readonly profiles: readonly Profile[];
  /** In apply order, all profiles' layers among them. */
  readonly units: readonly Unit[];
}

const LABEL_RULE = "use lower-case letters, digits and hyphens, at most 63, a letter or digit first and last";

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
    message: `the fleet's id ${JSON.stringify(fleet.id)} is no DNS label`,
    at: [{ path: fleet.id }],
    next: LABEL_RULE,
  });
}

function checkUnit(unit: Unit, findings: FindingGroups): void {
  if (!isDnsLabel(unit.name)) {
    findings.add({
      code: "bad-unit-name",
      message: `the ${unit.kind} ${JSON.stringify(unit.name)} has no DNS label for a name`,
      at: [unitPlace(unit)],
      because: "it is a folder of every site tree and a key of every plan",
      next: LABEL_RULE,
    });
  }
  if (unit.kind === "layer" && (unit as Layer).profile === undefined) {
    findings.add({
      code: "layer-without-profile",
      message: `the layer "${unit.name}" stands in no profile, so no site would get it`,
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
      message: `the profile ${JSON.stringify(profile.name)} has no DNS label for a name`,
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
    because: "a site's `profile` fact names one",
    next: "rename one of them",
  });
}

/** Units that one site could get both of must differ in name; layers of different profiles never meet. */
function checkDuplicateNames(units: readonly Unit[], findings: FindingGroups): void {
  for (const [index, unit] of units.entries()) {
    const twin = units.slice(0, index).find((other) => other.name === unit.name && canShareSite(unit, other));
    if (twin === undefined) continue;
    findings.add({
      code: "duplicate-unit-name",
      message: `two units are named "${unit.name}"`,
      at: [unitPlace(twin), unitPlace(unit)],
      because: "a site's plan and reports name units by their names",
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
        next: "the construct's own validation says what it expects",
      });
    }
  }
}
