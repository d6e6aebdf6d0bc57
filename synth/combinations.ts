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

const NONE: readonly OwnedConsent[] = [];

/** Sites without a profile, or with a unit that did not render, are left out: their problems are known already. */
export function combine(
  sites: readonly FleetSite[],
  placement: Placement,
  renders: readonly UnitRenders[],
  consents: readonly OwnedConsent[],
  causes: Causes,
): Combination[] {
  const numbers = new Map<unknown, number>();
  const numberOf = (part: unknown): number => numbers.get(part) ?? (numbers.set(part, numbers.size), numbers.size - 1);
  const found = new Map<string, Combination>();
  const placed = renders.map((each) => ({ each, marks: placement.marks.get(each.unit) as Uint8Array }));
  for (const site of sites) {
    const profile = placement.profiles[site.index];
    const rendered = tryRenderedAt(site, placed);
    if (profile === undefined || rendered === undefined) continue;
    const held = consents.length === 0 ? NONE : consentsAt(consents, site, causes);
    let key = `${numberOf(profile)}`;
    for (const part of rendered) key += ` ${numberOf(part)}`;
    for (const part of held) key += ` ${numberOf(part)}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { profile, rendered, consents: held, sites: [site] });
    else known.sites.push(site);
  }
  return [...found.values()];
}

function tryRenderedAt(
  site: FleetSite,
  placed: readonly { readonly each: UnitRenders; readonly marks: Uint8Array }[],
): Rendered[] | undefined {
  const all: Rendered[] = [];
  for (const { each, marks } of placed) {
    if (marks[site.index] === 0) continue;
    const rendered = each.at(site.index);
    if (rendered === undefined) return undefined;
    all.push(rendered);
  }
  return all;
}
