import { amount, nearestName, printable, quoted } from "../../core/index.ts";
import type { z } from "zod";
import type { RuleViolation } from "../text/rule-violation.ts";
import { type FactPath, formatPath, isPlainObject, valueAt } from "../fact-path.ts";
import type { Aim } from "../text/locator.ts";
import { optionsAt, keysAt } from "./schema-keys.ts";

/** A violation and its path in the checked value. */
export interface PlacedViolation {
  readonly violation: RuleViolation;
  readonly path: FactPath;
  readonly aim: Aim;
  /** Of an unknown field: the path of the fact that was probably meant. */
  readonly meant?: FactPath | undefined;
  /** The path of a missing fact. */
  readonly missing?: FactPath | undefined;
}

// Other common names for these values.
const OTHER_NAMES = new Map([
  ["x86_64", "amd64"],
  ["x64", "amd64"],
  ["aarch64", "arm64"],
  ["armv7", "arm"],
  ["control-plane", "server"],
  ["controlplane", "server"],
  ["master", "server"],
  ["worker", "agent"],
  ["fiber", "fibre"],
  ["4g", "lte"],
]);

/** Translates zod's issues. `value` is the checked value and `prefix` its path in the block. */
export function violationsOf(
  schema: z.core.$ZodType,
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  prefix: FactPath,
): PlacedViolation[] {
  const placed = issues.flatMap((issue): PlacedViolation[] => {
    const path = issue.path as FactPath;
    const full = [...prefix, ...path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownAt(key, keysAt(schema, path), full));
    }
    const found = valueAt(value, path);
    const isMissing = found === undefined && path.length > 0;
    const violation = isMissing ? missingFact(full, optionsAt(schema, path)) : violationOf(issue, found, formatPath(full));
    return [isMissing ? { violation, path: full.slice(0, -1), aim: "key", missing: full } : { violation, path: full, aim: "value" }];
  });
  return withoutMisspelled(placed);
}

/** An unknown field of the map at `path`. */
export function unknownAt(key: string, known: readonly string[], path: FactPath): PlacedViolation {
  const near = meantBy(key, known);
  return {
    violation: unknownField(key, known, path),
    path: [...path, key],
    aim: "key",
    meant: near === undefined ? undefined : [...path, near],
  };
}

/** Leaves out missing facts that a misspelled field explains: they have one cause. */
export function withoutMisspelled(placed: readonly PlacedViolation[]): PlacedViolation[] {
  const meant = new Set(placed.flatMap((each) => (each.meant ? [formatPath(each.meant)] : [])));
  return placed.filter(({ missing }) => missing === undefined || !meant.has(formatPath(missing)));
}

/** The known field that a misspelled one probably means; undefined when none is near. */
export function meantBy(key: string, known: readonly string[]): string | undefined {
  return key === "<<" ? undefined : tryNear(key, known);
}

/** For a getter or proxy that throws; only objects from code have them. */
export function notReadable(what: string, error: unknown): RuleViolation {
  const reason = printable(error instanceof Error ? error.message : String(error));
  return {
    code: "fact-not-readable",
    message: `${what} cannot be read because its getter throws: ${reason}`,
    next: "use plain values without getters",
  };
}

/** Unknown fields are faults: a misspelled field would otherwise be silently ignored. */
export function unknownField(key: string, known: readonly string[], path: FactPath): RuleViolation {
  if (key === "<<")
    return { code: "unknown-field", message: "YAML's merge key << is not supported", next: "move shared facts to the defaults" };
  const near = meantBy(key, known);
  const where = path.length > 0 ? ` in ${formatPath(path)}` : "";
  const next = near ? `did you mean ${quoted(near)}?` : `remove it, or use one of: ${known.join(", ")}`;
  return { code: "unknown-field", message: `unknown field ${quoted(key)}${where}`, next };
}

/** The place is the object that lacks the fact, because a missing fact has no line. */
export function missingFact(path: FactPath, options: readonly string[]): RuleViolation {
  const next = options.length > 0 ? `add it: one of ${options.join(", ")}` : "add it";
  return { code: "missing-fact", message: `${formatPath(path)} is missing`, next };
}

function violationOf(issue: z.core.$ZodIssue, value: unknown, name: string): RuleViolation {
  switch (issue.code) {
    case "custom":
      return (
        (issue.params?.["violation"] as RuleViolation | undefined) ?? {
          code: "bad-value",
          message: `${name}: ${issue.message}`,
          next: "correct the value",
        }
      );
    case "invalid_type":
      return wrongType(issue.expected, value, name);
    case "invalid_union":
      return wrongType("quantity", value, name);
    case "invalid_value":
      return unknownValue(issue.values.map(String), value, name);
    case "too_small":
    case "too_big":
      return outOfRange(issue, value, name);
    default:
      return { code: "bad-value", message: `${name}: ${issue.message}`, next: "correct the value" };
  }
}

// zod's type names as people who write YAML know them.
const KINDS = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["int", "an integer"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "a map"],
  ["record", "a map"],
  ["quantity", 'a quantity like "16Gi"'],
]);

export function wrongType(expected: string, value: unknown, name: string): RuleViolation {
  const wanted = KINDS.get(expected) ?? expected;
  const message = `${name} must be ${wanted}, not ${kindOf(value)}`;
  return { code: "wrong-type", message, next: nextFor(expected, value) };
}

// The usual causes: YAML's implicit types, or quotes around a number.
function nextFor(expected: string, value: unknown): string {
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) return "put the value in quotes";
  if ((expected === "number" || expected === "int") && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return `remove the quotes: ${Number(value)}`;
  }
  if (expected === "boolean" && typeof value === "string") return "write true or false, without quotes (yes, no, on and off are strings)";
  if (expected === "array") return "write a list: [ … ]";
  return value === null
    ? "null only removes a default, and this fact has none: leave the field out"
    : `write ${KINDS.get(expected) ?? expected}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the string ${quoted(value)}`;
  if (typeof value === "number") return Number.isFinite(value) ? `the number ${value}` : String(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object") return isPlainObject(value) ? "a map" : "an instance of a class";
  return `a ${typeof value}`;
}

function unknownValue(options: readonly string[], value: unknown, name: string): RuleViolation {
  const shown = typeof value === "string" ? quoted(value) : kindOf(value);
  const near = typeof value === "string" ? tryNear(value, options) : undefined;
  const next = near ? `did you mean ${quoted(near)}?` : "use one of these values";
  return { code: "unknown-value", message: `${name} must be one of ${options.join(", ")}, not ${shown}`, next };
}

function outOfRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, value: unknown, name: string): RuleViolation {
  const [word, bound] =
    issue.code === "too_small" ? [issue.inclusive ? "at least" : "more than", issue.minimum] : ["at most", issue.maximum];
  const isList = Array.isArray(value);
  const message = isList
    ? `${name} must have ${word} ${amount(Number(bound), "entry", "entries")}, not ${value.length}`
    : `${name} must be ${word} ${bound}, not ${String(value)}`;
  return { code: "out-of-range", message, next: "correct the value" };
}

// A cache, because thousands of sites may have the same typing error.
const nears = new Map<string, string | undefined>();

// Names from other tools come first: no edit distance leads from x86_64 to amd64.
function tryNear(text: string, known: readonly string[]): string | undefined {
  const other = OTHER_NAMES.get(text.toLowerCase());
  if (other !== undefined && known.includes(other)) return other;
  const key = `${text}\0${known.join()}`;
  if (!nears.has(key)) nears.set(key, text.length > 64 ? undefined : nearestName(text, known));
  const near = nears.get(key);
  // Any two short words are close in edit distance, so they must share a letter.
  return near && (text.length > 2 || [...text].some((letter) => near.includes(letter))) ? near : undefined;
}
