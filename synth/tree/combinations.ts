import type { Profile } from "../../constructs/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { consentsAt, type OwnedConsent } from "../place/consents.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { Placement } from "../place/placement.ts";
import type { Rendered } from "../render/rendered.ts";
import type { UnitRenders } from "../render/unit-renders.ts";

/** One distinct combination of renders, profile and consents, with the sites that have it. */
export interface Combination {
  readonly profile: Profile;
  /** In apply order. */
  readonly rendered: readonly Rendered[];
  readonly consents: readonly OwnedConsent[];
  readonly sites: FleetSite[];
}

const NONE: readonly OwnedConsent[] = [];

/** Sites without a profile, or with a rule or unit that failed, are left out: their problems are known already. */
export function combine(
  sites: readonly FleetSite[],
  placement: Placement,
  renders: readonly UnitRenders[],
  consents: readonly OwnedConsent[],
  findings: FindingGroups,
): Combination[] {
  const chains = new Chains();
  const found = new Map<number, Combination>();
  const placed = renders.map((each) => ({ each, marks: placement.marks.get(each.unit) as Uint8Array }));
  for (const site of sites) {
    const profile = placement.profiles[site.index];
    if (profile === undefined || placement.unsure.has(site)) continue;
    const held = consents.length === 0 ? NONE : consentsAt(consents, site, findings);
    const chain = tryChain(site, [profile, ...held], placed, chains);
    if (chain === undefined) continue;
    const known = found.get(chain);
    if (known === undefined) found.set(chain, { profile, rendered: renderedAt(site, placed), consents: held, sites: [site] });
    else known.sites.push(site);
  }
  return [...found.values()];
}

type Placed = readonly { readonly each: UnitRenders; readonly marks: Uint8Array }[];

/** The number of what a site has, put together part by part; undefined when a unit did not render there. */
function tryChain(site: FleetSite, start: readonly unknown[], placed: Placed, chains: Chains): number | undefined {
  let chain = 0;
  for (const part of start) chain = chains.next(chain, part);
  for (const { each, marks } of placed) {
    if (marks[site.index] === 0) continue;
    const rendered = each.at(site.index);
    if (rendered === undefined) return undefined;
    chain = chains.next(chain, rendered);
  }
  return chain;
}

function renderedAt(site: FleetSite, placed: Placed): Rendered[] {
  return placed.filter(({ marks }) => marks[site.index] === 1).map(({ each }) => each.at(site.index) as Rendered);
}

const CHAINS_MAX = 2 ** 26;

/** Numbers for sequences of objects: equal sequences, equal numbers. A hundred thousand sites are told apart without building a key for each. */
class Chains {
  readonly #parts = new Map<unknown, number>();
  readonly #chains = new Map<number, number>();

  next(chain: number, part: unknown): number {
    let number = this.#parts.get(part);
    if (number === undefined) this.#parts.set(part, (number = this.#parts.size));
    const key = number * CHAINS_MAX + chain;
    let next = this.#chains.get(key);
    if (next === undefined) this.#chains.set(key, (next = this.#chains.size + 1));
    return next;
  }
}
