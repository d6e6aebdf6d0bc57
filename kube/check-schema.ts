import { nearestName } from "../core/index.ts";
import { type FieldFault, formatFieldPath, isMap, type JsonMap, shownFor } from "./field-fault.ts";

/**
 * Checks a custom resource against its CRD's structural schema: unknown fields, types, `required`, `enum`, bounds, lengths and `pattern`.
 * CEL rules, `format`, `not` and `oneOf` are left to the API server's dry run. `metadata`, `apiVersion` and `kind` are not checked.
 */
export function checkSchema(object: JsonMap, schema: JsonMap): readonly FieldFault[] {
  const check = new SchemaCheck();
  check.object(object, schema, true);
  return check.faults;
}

const ROOT_FIELDS = new Set(["apiVersion", "kind", "metadata", "status"]);

class SchemaCheck {
  readonly faults: FieldFault[] = [];
  readonly #path: (string | number)[] = [];

  object(value: JsonMap, schema: JsonMap, isRoot: boolean): void {
    const properties = isMap(schema["properties"]) ? schema["properties"] : {};
    const others = schema["additionalProperties"];
    const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true || others === true;
    // Embedded objects have apiVersion, kind and metadata as well.
    const isEmbedded = isRoot || schema["x-kubernetes-embedded-resource"] === true;
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || (isEmbedded && ROOT_FIELDS.has(key))) continue;
      const property = Object.hasOwn(properties, key) ? properties[key] : others;
      if (isMap(property)) this.#at(key, item, property);
      else if (!keepsUnknown) this.#unknown(key, Object.keys(properties));
    }
    for (const name of Array.isArray(schema["required"]) ? schema["required"] : []) {
      if (value[name] !== undefined && value[name] !== null) continue;
      // The API server fills in defaults before it checks `required`.
      if (isMap(properties[name]) && properties[name]["default"] !== undefined) continue;
      this.#path.push(name);
      this.#add("missing-field", `${JSON.stringify(name)} must be set`, "set it; the CRD describes its values");
      this.#path.pop();
    }
  }

  #at(step: string | number, value: unknown, schema: JsonMap): void {
    this.#path.push(step);
    this.#value(value, schema);
    this.#path.pop();
  }

  #value(value: unknown, schema: JsonMap): void {
    // Without `nullable` an API server drops a null field that has a default and rejects any other null.
    if (value === null && (schema["nullable"] === true || schema["default"] !== undefined)) return;
    const type = typeof schema["type"] === "string" ? schema["type"] : undefined;
    // Such a field has no `type`, or one that does not apply.
    if (schema["x-kubernetes-int-or-string"] === true) {
      if (!Number.isInteger(value) && typeof value !== "string") return this.#wrong(value, "an integer or a string");
    } else if (type !== undefined && !TYPES[type]?.holds(value)) {
      return this.#wrong(value, TYPES[type]?.words ?? type);
    }
    this.#allowed(value, schema);
    if (isMap(value)) this.object(value, schema, false);
    if (Array.isArray(value) && isMap(schema["items"])) {
      for (const [index, item] of value.entries()) this.#at(index, item, schema["items"]);
    }
  }

  #allowed(value: unknown, schema: JsonMap): void {
    if (Array.isArray(schema["enum"]) && !schema["enum"].includes(value)) {
      const values = schema["enum"].map((each) => JSON.stringify(each)).join(", ");
      this.#add("wrong-value", `must be one of ${values}`, `write one of ${values}`);
    }
    for (const { rule, size, isLow } of BOUNDS) {
      const bound = schema[rule];
      const measured = size(value);
      if (typeof bound !== "number" || measured === undefined || (isLow ? measured >= bound : measured <= bound)) continue;
      this.#add("wrong-value", `violates ${rule}: ${bound} (found ${measured})`, `write a value within ${rule}: ${bound}`);
    }
    if (typeof schema["pattern"] === "string" && typeof value === "string" && !tryPattern(schema["pattern"])?.test(value)) {
      this.#add("wrong-value", `does not match ${schema["pattern"]}`, "write a value that matches the pattern");
    }
  }

  #unknown(key: string, known: readonly string[]): void {
    const near = nearestName(key, known);
    this.#path.push(key);
    const hint = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
    const next = known.length === 0 ? "remove it: the CRD has no fields here" : `use one of these fields: ${known.join(", ")}`;
    this.#add(
      "unknown-field",
      `unknown field ${JSON.stringify(key)}${hint}`,
      near === undefined ? next : `write ${near}, or remove the field`,
    );
    this.#path.pop();
  }

  #wrong(value: unknown, words: string): void {
    this.#add("wrong-type", `must be ${words}, not ${shownFor(words, value)}`, `write ${words}`);
  }

  #add(code: FieldFault["code"], message: string, next: string): void {
    this.faults.push({ code, field: formatFieldPath(this.#path), message, next });
  }
}

const TYPES: Readonly<Record<string, { readonly words: string; holds(value: unknown): boolean }>> = {
  object: { words: "an object", holds: isMap },
  array: { words: "a list", holds: Array.isArray },
  string: { words: "a string", holds: (value) => typeof value === "string" },
  boolean: { words: "true or false", holds: (value) => typeof value === "boolean" },
  integer: { words: "an integer", holds: Number.isInteger },
  number: { words: "a number", holds: Number.isFinite },
};

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
// JSON Schema counts characters, JavaScript UTF-16 units.
const lengthOf = (value: unknown): number | undefined => (typeof value === "string" ? [...value].length : undefined);
const itemsOf = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined);
const keysOf = (value: unknown): number | undefined => (isMap(value) ? Object.keys(value).length : undefined);

const BOUNDS: readonly { readonly rule: string; readonly isLow: boolean; readonly size: (value: unknown) => number | undefined }[] = [
  { rule: "minimum", isLow: true, size: numberOf },
  { rule: "maximum", isLow: false, size: numberOf },
  { rule: "minLength", isLow: true, size: lengthOf },
  { rule: "maxLength", isLow: false, size: lengthOf },
  { rule: "minItems", isLow: true, size: itemsOf },
  { rule: "maxItems", isLow: false, size: itemsOf },
  { rule: "minProperties", isLow: true, size: keysOf },
  { rule: "maxProperties", isLow: false, size: keysOf },
];

// Go's regular expressions are a subset of JavaScript's except for a few forms (`(?i)`, `\z`). A pattern that JavaScript cannot compile matches everything.
function tryPattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return /(?:)/;
  }
}
