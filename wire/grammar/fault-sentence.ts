import { amount, nearestName, printable } from "../../core/index.ts";
import type * as z from "zod/mini";

/**
 * The first issue as one sentence that begins with the field's path: `units.boards.dataVersion must be a whole number from 1 to 2147483648`.
 * Only the first: programs write these documents, so further faults mostly follow from it.
 */
export function faultSentence(error: z.core.$ZodError, value: unknown): string {
  return sentencesOf(error.issues[0] as z.core.$ZodIssue, value)[0] as string;
}

/** A file of another kind has thousands of issues, and the whole text goes into the log as one detail. */
const LINES_CHARS_MAX = 800;

/** The issues of a document that people edit, one line each; those that are too many are counted. `known`: the top-level fields, for "did you mean". */
export function faultLines(error: z.core.$ZodError, value: unknown, known: readonly string[]): string {
  const unused = known.filter((name) => !Object.hasOwn(value as object, name));
  const lines = error.issues.flatMap((issue) => sentencesOf(issue, value, unused));
  let length = 0;
  const shown = lines.filter((line, index) => (length += line.length + 1) <= LINES_CHARS_MAX || index === 0);
  return [...shown, ...(shown.length < lines.length ? [`and ${amount(lines.length - shown.length, "more problem")}`] : [])].join("\n");
}

/** Several for unknown fields, of which one issue names all of an object. */
function sentencesOf(issue: z.core.$ZodIssue, value: unknown, unused: readonly string[] = []): readonly string[] {
  if (issue.code !== "unrecognized_keys") return [sentenceOf(issue, value)];
  return issue.keys.map((key) => {
    const near = issue.path.length === 0 ? nearestName(key, unused) : undefined;
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    return `${fieldPath([...issue.path, key])} is not a field of this document${hint}`;
  });
}

function sentenceOf(issue: z.core.$ZodIssue, value: unknown): string {
  // The issue of an invalid key of a map has the path of that key.
  if (issue.code === "invalid_key") return `${fieldPath(issue.path)} must be keyed by ${issue.issues[0]?.message ?? "another name"}`;
  const path = fieldPath(issue.path);
  if (valueAt(value, issue.path) === undefined) return `${path} is missing`;
  return `${path} must be ${issue.message}`;
}

/** `units.boards.probes[2].http`; the whole document is `the document`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${printable(String(part), 100)}`)).join("");
  return text === "" ? "the document" : text.replace(/^\./, "");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) current = (current as Record<PropertyKey, unknown>)[key];
  return current;
}
