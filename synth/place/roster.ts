import type { Fleet, Layer, Profile, Unit } from "../../constructs/index.ts";
import { isDnsLabel } from "../../core/index.ts";
import type { Causes } from "../track/causes.ts";
import { orderUnits } from "./unit-order.ts";
import { unitPlace } from "../track/unit-place.ts";

/** The fleet's code, read once and judged: names, places, order, the constructs' own validations. */
export interface Roster {
  readonly profiles: readonly Profile[];
  /** In apply order, all profiles' layers among them. */
  readonly units: readonly Unit[];
}

const LABEL_RULE = "use lower-case letters, digits and hyphens, at most 63, a letter or digit first and last";

export function readRoster(fleet: Fleet, causes: Causes): Roster {
  const { profiles, units } = fleet;
  checkFleetId(fleet, causes);
  for (const unit of units) checkUnit(unit, causes);
  for (const profile of profiles) checkProfile(profile, profiles, causes);
  checkTwins(units, causes);
  runValidations(fleet, causes);
  return { profiles, units: orderUnits(units, causes) };
}

function checkFleetId(fleet: Fleet, causes: Causes): void {
  if (isDnsLabel(fleet.id)) return;
  causes.add({
    code: "bad-fleet-id",
    message: `the fleet's id ${JSON.stringify(fleet.id)} is no DNS label`,
    at: [{ path: fleet.id }],
    next: LABEL_RULE,
  });
}

function checkUnit(unit: Unit, causes: Causes): void {
  if (!isDnsLabel(unit.name)) {
    causes.add({
      code: "bad-unit-name",
      message: `the ${unit.kind} ${JSON.stringify(unit.name)} has no DNS label for a name`,
      at: [unitPlace(unit)],
      because: "it is a folder of every site tree and a key of every plan",
      next: LABEL_RULE,
    });
  }
  if (unit.kind === "layer" && (unit as Layer).profile === undefined) {
    causes.add({
      code: "layer-without-profile",
      message: `the layer "${unit.name}" stands in no profile, so no site would get it`,
      at: [unitPlace(unit)],
      next: `construct it inside a profile: new ${unit.constructor.name}(profile, "${unit.name}", …)`,
    });
  }
}

function checkProfile(profile: Profile, profiles: readonly Profile[], causes: Causes): void {
  const at = { ...profile.source, path: profile.node.path };
  if (!isDnsLabel(profile.name)) {
    causes.add({
      code: "bad-profile-name",
      message: `the profile ${JSON.stringify(profile.name)} has no DNS label for a name`,
      at: [at],
      next: LABEL_RULE,
    });
  }
  const twin = profiles.slice(0, profiles.indexOf(profile)).find((other) => other.name === profile.name);
  if (twin === undefined) return;
  causes.add({
    code: "duplicate-profile-name",
    message: `two profiles are named "${profile.name}"`,
    at: [{ ...twin.source, path: twin.node.path }, at],
    because: "a site's `profile` fact names one",
    next: "rename one of them",
  });
}

/** Units that one site could get both of must differ in name; layers of different profiles never meet. */
function checkTwins(units: readonly Unit[], causes: Causes): void {
  for (const [index, unit] of units.entries()) {
    const twin = units.slice(0, index).find((other) => other.name === unit.name && canMeet(unit, other));
    if (twin === undefined) continue;
    causes.add({
      code: "duplicate-unit-name",
      message: `two units are named "${unit.name}"`,
      at: [unitPlace(twin), unitPlace(unit)],
      because: "a site's plan and reports name units by their names",
      next: "rename one of them",
    });
  }
}

function canMeet(a: Unit, b: Unit): boolean {
  return a.kind === "app" || b.kind === "app" || (a as Layer).profile === (b as Layer).profile;
}

function runValidations(fleet: Fleet, causes: Causes): void {
  for (const construct of fleet.node.findAll()) {
    for (const message of construct.node.validate()) {
      causes.add({
        code: "invalid-construct",
        message,
        at: [{ path: construct.node.path }],
        next: "the construct's own validation says what it expects",
      });
    }
  }
}
