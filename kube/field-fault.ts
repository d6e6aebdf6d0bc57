/** What is wrong with one field of an object. */
export interface FieldFault {
  readonly code: "unknown-field" | "missing-field" | "wrong-type" | "wrong-value";
  /** `spec.template.spec.containers[0].image` */
  readonly field: string;
  /** One sentence that does not name the object. Never holds a string's value, which may be a secret. */
  readonly message: string;
  readonly next: string;
}

export type FieldPath = readonly (string | number)[];

/** Keys other than plain words are put in brackets: `metadata.annotations["example.io/owner"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

export type JsonMap = Readonly<Record<string, unknown>>;

/** A JSON object, not a list. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in a field; an empty one when there is none. */
export function mapAt(map: JsonMap, key: string): JsonMap {
  const value = map[key];
  return isMap(value) ? value : {};
}

/** The list in a field; an empty one when there is none. */
export function listAt(map: JsonMap, key: string): readonly unknown[] {
  const value = map[key];
  return Array.isArray(value) ? value : [];
}

/** A wrong value as a message may show it: a number where a number is expected, else the type alone, because the value may be a secret. */
export function shownFor(wanted: string, value: unknown): string {
  return typeof value === "number" && /number|integer/.test(wanted) ? String(value) : typeName(value);
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return { string: "a string", number: "a number", boolean: "true or false" }[typeof value as string] ?? typeof value;
}
