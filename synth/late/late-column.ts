import { ownValue } from "../track/fact-step.ts";
import type { FleetSite } from "../track/fleet-site.ts";

/** Further alphabets are counted as one. */
export const ALPHABETS_MAX = 1024;

/** One late fact at all sites: its text, and a number for the kinds of characters in it. Each site is read once. */
export class LateColumn {
  readonly path: readonly string[];
  readonly #texts: string[] = [];
  readonly #alphabets: number[] = [];
  readonly #numbers = new Map<number, number>();

  constructor(path: readonly string[]) {
    this.path = path;
  }

  /** Empty when the site has no such fact; no render that needs the fact applies to that site. */
  textOf(site: FleetSite): string {
    return (this.#texts[site.index] ??= textAt(site.facts, this.path));
  }

  /** Texts of one alphabet are equally valid as names, labels and so on, except for their length. Below `ALPHABETS_MAX`. */
  alphabetOf(site: FleetSite): number {
    return (this.#alphabets[site.index] ??= this.#numbered(alphabet(this.textOf(site))));
  }

  #numbered(kinds: number): number {
    let number = this.#numbers.get(kinds);
    if (number === undefined) {
      number = Math.min(this.#numbers.size, ALPHABETS_MAX - 1);
      this.#numbers.set(kinds, number);
    }
    return number;
  }
}

function textAt(facts: object, path: readonly string[]): string {
  let value: unknown = facts;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return "";
    value = ownValue(value as Record<string, unknown>, key);
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

const KINDS = {
  lower: 0,
  upper: 1,
  hyphen: 2,
  dot: 3,
  underscore: 4,
  space: 5,
  quote: 6,
  other: 7,
  control: 8,
  wide: 9,
  twice: 10,
} as const;
const KIND_BITS = 11;

/** The kinds of characters in a text as bits, with the kinds of its first and last character. */
function alphabet(text: string): number {
  let kinds = 0;
  let before = -1;
  let first = 0;
  for (let index = 0; index < text.length; index++) {
    const kind = kindOf(text.charCodeAt(index));
    kinds |= 1 << kind;
    // A name may repeat letters but not dots.
    if (kind === before && kind !== KINDS.lower && kind !== KINDS.upper) kinds |= 1 << KINDS.twice;
    if (index === 0) first = kind;
    before = kind;
  }
  return kinds | (first << KIND_BITS) | ((before + 1) << (KIND_BITS + 4));
}

function kindOf(code: number): number {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) return KINDS.lower;
  if (code >= 0x41 && code <= 0x5a) return KINDS.upper;
  if (code === 0x2d) return KINDS.hyphen;
  if (code === 0x2e) return KINDS.dot;
  if (code === 0x5f) return KINDS.underscore;
  if (code === 0x20) return KINDS.space;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return KINDS.control;
  if (code > 0x7f) return KINDS.wide;
  return code === 0x22 || code === 0x5c ? KINDS.quote : KINDS.other;
}
