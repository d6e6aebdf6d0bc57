import { canonicalJson, quoted } from "../../core/index.ts";
import { z } from "zod";
import type { Labels } from "../facts.ts";
import { freezeDeep } from "../freeze.ts";
import { labelFaults } from "./label-check.ts";
import { violationsOf, type PlacedViolation, unknownAt, withoutMisspelled } from "./issues.ts";
import { isOpen, keysAt, optionsAt } from "./schema-keys.ts";

/** The user's schema applied to one set of labels. Equal sets give the same object. */
export type TypedLabels<L> = { readonly labels: L } | { readonly violations: readonly PlacedViolation[] };

/** The user's zod schema, run once for each distinct set of labels. */
export class LabelSchema<L> {
  readonly schema: z.core.$ZodType<L>;
  readonly #byObject = new WeakMap<Labels, TypedLabels<L>>();
  readonly #verdicts = new Map<string, TypedLabels<L>>();
  /** Different inputs may give equal outputs, e.g. with a schema's default. */
  readonly #typed = new Map<string, L>();

  constructor(schema: z.core.$ZodType<L>) {
    this.schema = schema;
  }

  // The cache by object comes first, because it needs no key.
  read(labels: Labels): TypedLabels<L> {
    let verdict = this.#byObject.get(labels);
    if (!verdict) this.#byObject.set(labels, (verdict = this.#readText(labels)));
    return verdict;
  }

  #readText(labels: Labels): TypedLabels<L> {
    const key = canonicalJson(labels);
    let verdict = this.#verdicts.get(key);
    if (!verdict) this.#verdicts.set(key, (verdict = this.#judge(labels)));
    return verdict;
  }

  /** The labels that the schema names; empty when it accepts any. */
  get keys(): readonly string[] {
    return keysAt(this.schema, []);
  }

  isKnown(label: string): boolean {
    return isOpen(this.schema) || this.keys.includes(label);
  }

  /** All values that a label can have, as text; empty when the list is not closed. */
  optionsOf(label: string): readonly string[] {
    return optionsAt(this.schema, [label]);
  }

  // The schema is the user's code: it may throw, transform, or return a value that JSON cannot hold.
  #judge(labels: Labels): TypedLabels<L> {
    let result: z.core.util.SafeParseResult<L>;
    try {
      result = z.safeParse(this.schema, labels);
    } catch (error) {
      return failed(`the label schema throws: ${(error as Error).message}`);
    }
    if (!result.success) {
      const { issues } = result.error;
      const violations = violationsOf(this.schema, issues, labels, ["labels"]);
      const isStrict = issues.some(({ code }) => code === "unrecognized_keys");
      return { violations: isStrict ? violations : withoutMisspelled([...violations, ...this.#dropped(labels)]) };
    }
    const dropped = this.#dropped(labels);
    return dropped.length > 0 ? { violations: dropped } : this.#typedOnce(result.data);
  }

  // A plain `z.object` silently drops unknown keys. Here they are always faults.
  #dropped(labels: Labels): PlacedViolation[] {
    if (isOpen(this.schema)) return [];
    const unknown = Object.keys(labels).filter((key) => !this.keys.includes(key));
    return unknown.map((key) => unknownAt(key, this.keys, ["labels"]));
  }

  // Compares by canonical text, so that key order does not matter.
  #typedOnce(value: L): TypedLabels<L> {
    const text = labelFaults(value).length === 0 ? tryJson(value) : undefined;
    if (text === undefined) return failed("the label schema returns a value that JSON cannot hold");
    const known = this.#typed.get(text);
    if (known !== undefined) return { labels: known };
    // Parsed from canonical text, so that the user's objects are not frozen and key order does not depend on the first site.
    const labels = freezeDeep(JSON.parse(text) as L);
    this.#typed.set(text, labels);
    return { labels };
  }
}

function tryJson(value: unknown): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
}

function failed(message: string): { readonly violations: readonly PlacedViolation[] } {
  const next = `let ${quoted("labels")} be a schema of plain values: strings, numbers, true or false`;
  return { violations: [{ violation: { code: "bad-label-schema", message, next }, path: ["labels"], aim: "key" }] };
}
