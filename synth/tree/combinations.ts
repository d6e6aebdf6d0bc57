import type { Profile } from "../../constructs/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import { consentsAt, type OwnedConsent } from "../place/consents.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { Placement } from "../place/placement.ts";
import type { Rendered } from "../render/rendered.ts";
import type { UnitRenders } from "../render/unit-renders.ts";

/** One distinct combination of renders, profile and consents, with its sites. */
export interface Combination {
  readonly profile: Profile;
  /** In apply order. */
  readonly rendered: readonly Rendered[];
  readonly consents: readonly OwnedConsent[];
  readonly sites: FleetSite[];
}

const NONE: readonly OwnedConsent[] = [];

/** Leaves out sites without a profile or with a failed rule or unit, whose problems are reported already. */
export function combine(
  sites: readonly FleetSite[],
  placement: Placement,
  renders: readonly UnitRenders[],
  consents: readonly OwnedConsent[],
  findings: FindingGroups,
): Combination[] {
  const sequences = new SequenceNumbers();
  const found = new Map<number, Combination>();
  const placed = renders.map((each) => ({ each, marks: placement.marks.get(each.unit) as Uint8Array }));
  for (const site of sites) {
    const profile = placement.profiles[site.index];
    if (profile === undefined || placement.undecided.has(site)) continue;
    const held = consents.length === 0 ? NONE : consentsAt(consents, site, findings);
    const sequence = trySequence(site, [profile, ...held], placed, sequences);
    if (sequence === undefined) continue;
    const known = found.get(sequence);
    if (known === undefined) found.set(sequence, { profile, rendered: renderedAt(site, placed), consents: held, sites: [site] });
    else known.sites.push(site);
  }
  return [...found.values()];
}

type Placed = readonly { readonly each: UnitRenders; readonly marks: Uint8Array }[];

/** The number of a site's combination; undefined when a unit failed to render there. */
function trySequence(site: FleetSite, start: readonly unknown[], placed: Placed, sequences: SequenceNumbers): number | undefined {
  let sequence = 0;
  for (const part of start) sequence = sequences.next(sequence, part);
  for (const { each, marks } of placed) {
    if (marks[site.index] === 0) continue;
    const rendered = each.at(site.index);
    if (rendered === undefined) return undefined;
    sequence = sequences.next(sequence, rendered);
  }
  return sequence;
}

function renderedAt(site: FleetSite, placed: Placed): Rendered[] {
  return placed.filter(({ marks }) => marks[site.index] === 1).map(({ each }) => each.at(site.index) as Rendered);
}

const SEQUENCES_MAX = 2 ** 26;

/** Numbers sequences of objects: equal sequences have equal numbers. Avoids building a key for each of 100,000 sites. */
class SequenceNumbers {
  readonly #parts = new Map<unknown, number>();
  readonly #sequences = new Map<number, number>();

  next(sequence: number, part: unknown): number {
    let number = this.#parts.get(part);
    if (number === undefined) this.#parts.set(part, (number = this.#parts.size));
    const key = number * SEQUENCES_MAX + sequence;
    let next = this.#sequences.get(key);
    if (next === undefined) this.#sequences.set(key, (next = this.#sequences.size + 1));
    return next;
  }
}
