import type { Profile } from "../constructs/index.ts";
import type { Causes } from "./causes.ts";
import { consentsAt, type OwnedConsent } from "./consents.ts";
import type { FleetSite } from "./fleet-site.ts";
import type { Placement } from "./placement.ts";
import type { Rendered } from "./rendered.ts";
import type { UnitRenders } from "./unit-renders.ts";

/** One distinct combination of renders, profile and consents, with the sites that have it. */
export interface Combination {
  readonly profile: Profile;
  /** In apply order. */
  readonly rendered: readonly Rendered[];
  readonly consents: readonly OwnedConsent[];
  readonly sites: FleetSite[];
}

/** Sites without a profile, or with a unit that did not render, are left out: their problems are known already. */
export function combine(sites: readonly FleetSite[], placement: Placement, renders: readonly UnitRenders[], consents: readonly OwnedConsent[], causes: Causes): Combination[] {
  const numbers = new Map<unknown, number>();
  const numberOf = (part: unknown): number => numbers.get(part) ?? (numbers.set(part, numbers.size), numbers.size - 1);
  const found = new Map<string, Combination>();
  for (const site of sites) {
    const profile = placement.profiles[site.index];
    const placed = renders.filter(({ unit }) => placement.isPlaced(unit, site.index)).map((each) => each.at(site.index));
    if (profile === undefined || placed.includes(undefined)) continue;
    const rendered = placed as Rendered[];
    const held = consentsAt(consents, site, causes);
    const key = [profile, ...rendered, ...held].map(numberOf).join(" ");
    const known = found.get(key);
    if (known === undefined) found.set(key, { profile, rendered, consents: held, sites: [site] });
    else known.sites.push(site);
  }
  return [...found.values()];
}
