import { type Problem, quoted } from "../../core/index.ts";
import type { SiteFacts } from "../facts.ts";
import { hasLabel, isSet } from "../schema/label-terms.ts";
import { namesIn } from "./selector-names.ts";
import { type Piece, type RawTerm, readTerms, type SelectorFault } from "./selector-text.ts";

/** Selects the sites for which all terms hold. Made by `parseSelector`. */
export interface Selector {
  readonly text: string;
  readonly terms: readonly Term[];
}

interface Term {
  readonly kind: "id" | "level" | "profile" | "label";
  /** The label's name; empty for the other kinds. */
  readonly label: string;
  readonly isNegated: boolean;
  /** One of these must match; undefined: the label is set and not false. */
  readonly values: readonly string[] | undefined;
}

export type SelectorReading = { readonly value: Selector } | { readonly problems: readonly Problem[] };

/**
 * `level=eu/de,size=large`: a comma means and, `|` means or. `key=a|b` or `key in (a, b)`, `key!=a` or `key notin (a)`, `key` and `!key` for labels that
 * are set or not; `false` counts as not set. Keys are `id`, `profile`, `level` (with all levels below) and labels; a label named like one of the others is
 * written `labels.id`. With `sites` an unknown name is a problem instead of a selector that matches nothing.
 */
export function parseSelector(given: string, sites?: readonly SiteFacts<unknown>[]): SelectorReading {
  // A Mac gives file names with separate marks. The inventory holds composed characters alone.
  const text = given.normalize("NFC");
  const raw = readTerms(text);
  if ("message" in raw) return { problems: [toProblem(raw, text)] };
  const faults: SelectorFault[] = [];
  const terms = raw.map((term) => {
    const made = termOf(term);
    if (made.kind !== "label" && term.values === undefined) faults.push(incomplete(term.key));
    return made;
  });
  if (sites && faults.length === 0) {
    const names = namesIn(sites);
    for (const [at, term] of terms.entries()) faults.push(...names.unknown(term, raw[at] as RawTerm));
  }
  return faults.length > 0 ? { problems: faults.map((fault) => toProblem(fault, text)) } : { value: { text, terms } };
}

/** In the order of `sites`. */
export function selectSites<S extends SiteFacts<unknown>>(sites: readonly S[], { terms }: Selector): S[] {
  return sites.filter((site) => terms.every((term) => holds(term, site) !== term.isNegated));
}

// Prefix for a label named `id`, `level` or `profile`.
const LABELS = "labels.";

function termOf({ key, isNegated, values }: RawTerm): Term {
  const texts = values?.map(({ text }) => text);
  if (key.text === "id" || key.text === "level" || key.text === "profile") return { kind: key.text, label: "", isNegated, values: texts };
  const label = key.text.startsWith(LABELS) ? key.text.slice(LABELS.length) : key.text;
  return { kind: "label", label, isNegated, values: texts };
}

function holds({ kind, label, values }: Term, site: SiteFacts<unknown>): boolean {
  if (kind === "label") return values ? values.some((value) => hasLabel(site.labels, { label, value })) : isSet(site.labels, label);
  if (kind === "level") return values?.some((value) => isBelow(site.level, value)) === true;
  const fact = kind === "id" ? site.id : site.profile;
  return fact !== undefined && values?.includes(fact) === true;
}

// An inventory cannot have levels that differ only in case, so case is ignored.
function isBelow(level: readonly string[], path: string): boolean {
  return `${level.join("/")}/`.toLowerCase().startsWith(`${path.replace(/\/+$/, "")}/`.toLowerCase());
}

// Every site has an id and a level, so a term without a value is a mistake.
function incomplete({ text, column }: Piece): SelectorFault {
  return { code: "bad-selector", message: `${quoted(text)} needs a value`, next: `write "${text}=…"`, column };
}

function toProblem({ column, ...violation }: SelectorFault, text: string): Problem {
  return { severity: "error", ...violation, at: [{ path: "selector", column, text }] };
}
