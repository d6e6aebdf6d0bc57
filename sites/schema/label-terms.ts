import { quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";

/** One `label=value` of a label default. Values are compared as text, so `scheduled=true` matches the boolean. */
export interface LabelTerm {
  readonly label: string;
  readonly value: string;
}

/** `size=large` or `size=large,scheduled=true`. */
export function readLabelTerms(text: string): { readonly value: readonly LabelTerm[] } | { readonly violation: RuleViolation } {
  const terms: LabelTerm[] = [];
  for (const part of text.split(",")) {
    const [, label, value] = /^\s*([^=!|\s]+)\s*=\s*([^=|]*?)\s*$/.exec(part) ?? [];
    if (label === undefined || !value) return { violation: unreadable(text) };
    terms.push({ label, value });
  }
  return { value: terms };
}

/** Whether the labels match a term. A list matches by any entry; a map never matches. */
export function hasLabel(labels: unknown, { label, value }: LabelTerm): boolean {
  const found = valueOf(labels, label);
  return Array.isArray(found) ? found.some((entry) => isText(entry, value)) : isText(found, value);
}

function isText(found: unknown, value: string): boolean {
  return (typeof found === "string" || typeof found === "number" || typeof found === "boolean") && String(found) === value;
}

/** `false` counts as not set, so that `!scheduled` selects the sites that are not scheduled. */
export function isSet(labels: unknown, label: string): boolean {
  const found = valueOf(labels, label);
  return found !== undefined && found !== null && found !== false;
}

// Own keys only, so that `constructor` is not found in the prototype.
function valueOf(labels: unknown, label: string): unknown {
  return Object.hasOwn(labels as object, label) ? (labels as Record<string, unknown>)[label] : undefined;
}

function unreadable(text: string): RuleViolation {
  const next = 'write "size=large", or "size=large,scheduled=true" for sites with both labels';
  return { code: "bad-label-default", message: `${quoted(text)} is not of the form label=value`, next };
}
