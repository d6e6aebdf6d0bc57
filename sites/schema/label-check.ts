import { codePointName, quoted } from "../../core/index.ts";
import { decomposed, hasUnsafeText, isDecomposed } from "../text/display-text.ts";
import { type FactPath, isPlainObject } from "../fact-path.ts";
import { type PlacedViolation, wrongType } from "./issues.ts";

// Kubernetes' limit, so that a label can be used there as well.
const KEY_LENGTH_MAX = 63;
const DEPTH_MAX = 8;
// Every object inherits these names, so such a label would be found at sites that do not have it.
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Checks labels before the user's schema: names must be usable in selectors and code, values must be JSON. */
export function labelFaults(value: unknown): PlacedViolation[] {
  if (!isPlainObject(value)) return [{ violation: wrongType("object", value, "labels"), path: ["labels"], aim: "value" }];
  return Object.keys(value).flatMap((key) => {
    const path = ["labels", key];
    if (value[key] === undefined) return [];
    if (INHERITED.has(key)) {
      const violation = {
        code: "bad-label" as const,
        message: `label ${quoted(key)} is a property of every JavaScript object`,
        next: "rename the label",
      };
      return [{ violation, path, aim: "key" as const }];
    }
    if (key.length > KEY_LENGTH_MAX || !/^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/.test(key)) {
      const because = `a label name has 1 to ${KEY_LENGTH_MAX} characters of A-Z a-z 0-9 . _ / - and begins and ends with a letter or digit`;
      return [
        {
          violation: { code: "bad-label" as const, message: `${quoted(key)} is not a valid label name`, because, next: "rename the label" },
          path,
          aim: "key" as const,
        },
      ];
    }
    return valueFaults(value[key], path, 0);
  });
}

// Nested values are allowed up to a depth: renders can read them, and selectors match list entries.
function valueFaults(value: unknown, path: FactPath, depth: number): PlacedViolation[] {
  if (typeof value === "string")
    return hasUnsafeText(value) ? [unsafe(value, path)] : isDecomposed(value) ? [inOtherForm(value, path)] : [];
  if (typeof value === "boolean" || value === null || (typeof value === "number" && Number.isFinite(value))) return [];
  if (Array.isArray(value) && depth < DEPTH_MAX) return value.flatMap((entry, at) => valueFaults(entry, [...path, at], depth + 1));
  if (isPlainObject(value) && depth < DEPTH_MAX && !Object.keys(value).some((key) => INHERITED.has(key)))
    return Object.keys(value).flatMap((key) => valueFaults(value[key], [...path, key], depth + 1));
  const violation = {
    code: "bad-label" as const,
    message: `label ${quoted(String(path[1]))} has a value that JSON cannot hold`,
    next: "use strings, numbers, true or false, and lists or maps of them",
  };
  return [{ violation, path, aim: "value" }];
}

// Labels appear in manifests and on screens.
function unsafe(value: string, path: FactPath): PlacedViolation {
  const character = [...value].find(hasUnsafeText) as string;
  const message = `label ${quoted(String(path[1]))} is ${quoted(value)}, which holds the invisible character ${codePointName(character)}`;
  return { violation: { code: "bad-label" as const, message, next: "remove that character" }, path, aim: "value" };
}

function inOtherForm(value: string, path: FactPath): PlacedViolation {
  const what = `label ${quoted(String(path[1]))} is ${quoted(value)}, which`;
  return { violation: { code: "bad-label" as const, ...decomposed(what, value) }, path, aim: "value" };
}
