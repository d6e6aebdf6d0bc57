import { amount, nearestName, printable, quoted } from "../../core/index.ts";
import type { z } from "zod";
import type { RuleViolation } from "../text/rule-violation.ts";
import { type FactPath, formatPath, isPlainObject, valueAt } from "../fact-path.ts";
import type { Aim } from "../text/locator.ts";
import { optionsAt, keysAt } from "./schema-keys.ts";

/** A violation and where in the checked value it belongs. */
export interface PlacedViolation {
  readonly violation: RuleViolation;
  readonly path: FactPath;
  readonly aim: Aim;
}

// What people call these elsewhere.
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

/** zod's issues in the words of an inventory. `value` is what was checked, and `prefix` its place in the block. */
export function violationsOf(
  schema: z.core.$ZodType,
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  prefix: FactPath,
): PlacedViolation[] {
  return issues.flatMap((issue) => {
    const path = issue.path as FactPath;
    const full = [...prefix, ...path];
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => ({ violation: unknownField(key, known, full), path: [...full, key], aim: "key" as const }));
    }
    const found = valueAt(value, path);
    const isMissing = found === undefined && path.length > 0;
    const violation = isMissing ? missingFact(full, optionsAt(schema, path)) : violationOf(issue, found, formatPath(full));
    return [{ violation, path: isMissing ? full.slice(0, -1) : full, aim: isMissing ? ("key" as const) : ("value" as const) }];
  });
}

/** Of a getter, or a proxy: files have neither. */
export function notReadable(what: string, error: unknown): RuleViolation {
  const reason = printable(error instanceof Error ? error.message : String(error));
  return {
    code: "fact-not-readable",
    message: `${what} cannot be read, it throws: ${reason}`,
    next: "write plain values, without getters",
  };
}

/** Strict on purpose: a misspelled field that is ignored is a fact that silently is not there. */
export function unknownField(key: string, known: readonly string[], path: FactPath): RuleViolation {
  if (key === "<<")
    return { code: "unknown-field", message: "YAML's merge key << is not read", next: "move what is shared to the defaults" };
  const near = tryNear(key, known);
  const where = path.length > 0 ? ` in ${formatPath(path)}` : "";
  const next = near ? `did you mean ${quoted(near)}?` : `remove it, or use one of: ${known.join(", ")}`;
  return { code: "unknown-field", message: `unknown field ${quoted(key)}${where}`, next };
}

/** Points at what it is missing from; there is no line for what is not written. */
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

// zod's words for types, in those of a person who writes YAML.
const KINDS = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "a map of fields"],
  ["record", "a map of fields"],
  ["quantity", 'a quantity like "16Gi"'],
]);

export function wrongType(expected: string, value: unknown, name: string): RuleViolation {
  const wanted = KINDS.get(expected) ?? expected;
  const message = `${name} is ${kindOf(value)}; ${wanted} is expected`;
  return { code: "wrong-type", message, next: nextFor(expected, value) };
}

// The commonest cause of each confusion: YAML that guessed a type, or quotes around a number.
function nextFor(expected: string, value: unknown): string {
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) return "put it in quotes, exactly as it stands";
  if ((expected === "number" || expected === "int") && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return `remove the quotes: ${Number(value)}`;
  }
  if (expected === "boolean" && typeof value === "string") return "write true or false, without quotes (yes, no, on, off are text)";
  if (expected === "array") return "write a list: [ … ]";
  return value === null
    ? "null removes a shared fact, and here is none to remove: leave the field out"
    : `write ${KINDS.get(expected) ?? expected}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text ${quoted(value)}`;
  if (typeof value === "number") return Number.isFinite(value) ? `the number ${value}` : String(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object") return isPlainObject(value) ? "a map of fields" : "an instance of a class";
  return `a ${typeof value}`;
}

function unknownValue(options: readonly string[], value: unknown, name: string): RuleViolation {
  const shown = typeof value === "string" ? quoted(value) : kindOf(value);
  const near = typeof value === "string" ? tryNear(value, options) : undefined;
  const next = near ? `did you mean ${quoted(near)}?` : "use one of those";
  return { code: "unknown-value", message: `${name} is ${shown}; it can be ${options.join(", ")}`, next };
}

function outOfRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, value: unknown, name: string): RuleViolation {
  const [word, bound] =
    issue.code === "too_small" ? [issue.inclusive ? "at least" : "more than", issue.minimum] : ["at most", issue.maximum];
  const isList = Array.isArray(value);
  const message = isList
    ? `${name} has ${amount(value.length, "entry", "entries")}; it needs ${word} ${bound}`
    : `${name} is ${String(value)}; it must be ${word} ${bound}`;
  return { code: "out-of-range", message, next: "correct the value" };
}

// Thousands of equal slips must not measure the same distances thousands of times.
const nears = new Map<string, string | undefined>();

// Words of other tools first: no edit distance leads from x86_64 to amd64.
function tryNear(text: string, known: readonly string[]): string | undefined {
  const other = OTHER_NAMES.get(text.toLowerCase());
  if (other !== undefined && known.includes(other)) return other;
  const key = `${text}\0${known.join()}`;
  if (!nears.has(key)) nears.set(key, text.length > 64 ? undefined : nearestName(text, known));
  const near = nears.get(key);
  // Any two short words are near each other.
  return near && (text.length > 2 || [...text].some((letter) => near.includes(letter))) ? near : undefined;
}
