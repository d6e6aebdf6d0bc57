import { printable } from "../../core/index.ts";
import type * as z from "zod/mini";

/**
 * The first issue as one sentence that begins with the field's path: `units.boards.dataVersion must be a whole number from 1 to 2147483648`.
 * Only the first: programs write these documents, so further faults mostly follow from it.
 */
export function faultSentence(error: z.core.$ZodError, value: unknown): string {
  const issue = error.issues[0] as z.core.$ZodIssue;
  if (issue.code === "unrecognized_keys") return `${fieldPath([...issue.path, issue.keys[0] as string])} is not a field of this document`;
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
