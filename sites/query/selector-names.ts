import { nearestName, quoted } from "../../core/index.ts";
import type { SiteFacts } from "../facts.ts";
import type { Piece, RawTerm, SelectorFault } from "./selector-text.ts";

const SHOWN_MAX = 8;

interface NamedTerm {
  readonly kind: "id" | "level" | "profile" | "label";
  readonly label: string;
}

/** The names that selectors can use for `sites`. */
export function namesIn(sites: readonly SiteFacts<unknown>[]): SelectorNames {
  return new SelectorNames(sites);
}

// Each set is built on demand, because most selectors use one kind of name.
class SelectorNames {
  readonly #sites: readonly SiteFacts<unknown>[];

  constructor(sites: readonly SiteFacts<unknown>[]) {
    this.#sites = sites;
  }

  /** Faults for a key or value that no site has. Values are compared as in `selectSites`. */
  unknown({ kind, label }: NamedTerm, { key, values = [] }: RawTerm): SelectorFault[] {
    if (kind === "label") {
      const labels = this.#labels();
      const known = labels.get(label);
      if (!known) return [fault(key, `no site has a label ${quoted(label)}`, ["id", "level", "profile", ...labels.keys()])];
      return values.flatMap((value) => (known.has(value.text) ? [] : [fault(value, `no site has ${label}=${value.text}`, [...known])]));
    }
    const known = kind === "id" ? this.#ids() : kind === "level" ? this.#levels() : this.#profiles();
    // When profiles are chosen by `where`, no site names one and there is nothing to compare with.
    if (kind === "profile" && known.size === 0) return [];
    const isKnown = ({ text }: Piece): boolean => known.has(kind === "level" ? text.replace(/\/+$/, "").toLowerCase() : text);
    return values.flatMap((value) => (isKnown(value) ? [] : [fault(value, `no site has ${kind} ${quoted(value.text)}`, [...known])]));
  }

  #ids(): ReadonlySet<string> {
    return new Set(this.#sites.map(({ id }) => id));
  }

  #profiles(): ReadonlySet<string> {
    return new Set(this.#sites.flatMap(({ profile }) => (profile === undefined ? [] : [profile])));
  }

  // In lower case, as in `selectSites`.
  #levels(): ReadonlySet<string> {
    const paths = new Set<string>();
    for (const steps of new Set(this.#sites.map(({ level }) => level))) {
      for (let depth = 1; depth <= steps.length; depth++) paths.add(steps.slice(0, depth).join("/").toLowerCase());
    }
    return paths;
  }

  #labels(): ReadonlyMap<string, ReadonlySet<string>> {
    const labels = new Map<string, Set<string>>();
    for (const set of new Set(this.#sites.map((site) => site.labels as Readonly<Record<string, unknown>>))) {
      for (const [name, value] of Object.entries(set)) {
        const values = labels.get(name) ?? new Set<string>();
        for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) values.add(String(one));
        labels.set(name, values);
      }
    }
    return labels;
  }
}

// Lists the first known names only.
function fault({ text, column }: Piece, message: string, known: readonly string[]): SelectorFault {
  const near = nearestName(text, known);
  const shown = known.slice(0, SHOWN_MAX).join(", ");
  const list = known.length > SHOWN_MAX ? `use one of ${shown}, or one of ${known.length - SHOWN_MAX} more` : `use one of ${shown}`;
  return {
    code: "unknown-selector",
    message,
    next: near ? `did you mean ${quoted(near)}?` : known.length > 0 ? list : "there are no sites",
    column,
  };
}
