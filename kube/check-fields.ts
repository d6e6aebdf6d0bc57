import { nearestName } from "../core/index.ts";
import { type FieldFault, formatFieldPath, isMap, type JsonMap, shownFor } from "./field-fault.ts";
import type { Field, FieldTable, FieldType, Primitive } from "./field-table.ts";
import { tryParseQuantity } from "./quantity.ts";

/**
 * Unknown fields, missing fields and fields of a wrong type: what an API server rejects with `fieldValidation=Strict`, and partly drops
 * without a warning otherwise. The kind must be in the table. `null` counts as absent, as in an API server.
 */
export function checkFields(object: JsonMap, type: string, table: FieldTable): readonly FieldFault[] {
  const check = new FieldCheck(table);
  check.object(object, type);
  return check.faults;
}

class FieldCheck {
  readonly faults: FieldFault[] = [];
  readonly #table: FieldTable;
  readonly #path: (string | number)[] = [];

  constructor(table: FieldTable) {
    this.#table = table;
  }

  // The path is one shared stack. It becomes text only for a fault.
  object(value: JsonMap, type: string): void {
    const fields = this.#table.fieldsOf(type);
    for (const key in value) {
      const item = value[key];
      if (item === undefined) continue;
      const field = fields.get(key);
      if (field === undefined) this.#unknown(key, fields);
      else if (item !== null) this.#at(key, item, field.type);
    }
    // An empty string or list counts as set; the API server decides whether it is valid.
    for (const [name, field] of fields) {
      if (field.required && (value[name] === undefined || value[name] === null)) this.#missing(name, field);
    }
  }

  #at(step: string | number, value: unknown, type: FieldType): void {
    this.#path.push(step);
    this.#value(value, type);
    this.#path.pop();
  }

  #value(value: unknown, type: FieldType): void {
    switch (type.is) {
      case "object":
        return isMap(value) ? this.object(value, type.type) : this.#wrong(value, "an object");
      case "list":
        if (!Array.isArray(value)) return this.#wrong(value, "a list");
        return value.forEach((item, index) => this.#at(index, item, type.of));
      case "map":
        if (!isMap(value)) return this.#wrong(value, "an object");
        for (const key in value) if (value[key] !== undefined) this.#at(key, value[key], type.of);
        return undefined;
      case "enum":
        if (typeof value !== "string") return this.#wrong(value, "a string");
        return type.values.includes(value) ? undefined : this.#notOneOf(value, type.values);
      default:
        return PRIMITIVES[type.is].holds(value) ? undefined : this.#wrong(value, PRIMITIVES[type.is].words);
    }
  }

  #unknown(key: string, fields: ReadonlyMap<string, Field>): void {
    const near = nearestName(key, fields.keys());
    this.#path.push(key);
    this.#add(
      "unknown-field",
      `unknown field ${JSON.stringify(key)}${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}`,
      near === undefined ? `use one of these fields: ${[...fields.keys()].join(", ")}` : `write ${near}, or remove the field`,
    );
    this.#path.pop();
  }

  #missing(name: string, field: Field): void {
    this.#path.push(name);
    this.#add("missing-field", `${JSON.stringify(name)} must be set`, `set it to ${wordsOf(field.type)}`);
    this.#path.pop();
  }

  #wrong(value: unknown, words: string): void {
    this.#add("wrong-type", `must be ${words}, not ${shownFor(words, value)}`, `write ${words}`);
  }

  // The value is not shown because it may be a secret in the wrong field. `next` names the nearest allowed value.
  #notOneOf(value: string, values: readonly string[]): void {
    const near = nearestName(value, values);
    const next =
      near === undefined ? `write one of ${values.map((each) => JSON.stringify(each)).join(", ")}` : `write ${JSON.stringify(near)}`;
    this.#add("wrong-value", `must be one of ${values.map((each) => JSON.stringify(each)).join(", ")}`, next);
  }

  #add(code: FieldFault["code"], message: string, next: string): void {
    this.faults.push({ code, field: formatFieldPath(this.#path), message, next });
  }
}

const INT32_MAX = 2 ** 31 - 1;

const PRIMITIVES: Readonly<Record<Primitive, { readonly words: string; holds(value: unknown): boolean }>> = {
  string: { words: "a string", holds: (value) => typeof value === "string" },
  boolean: { words: "true or false", holds: (value) => typeof value === "boolean" },
  int32: { words: "an integer", holds: isInt32 },
  // JavaScript rounds larger numbers when it parses them.
  int64: { words: "an integer up to 2^53 - 1", holds: Number.isSafeInteger },
  double: { words: "a number", holds: Number.isFinite },
  byte: { words: "a base64 string", holds: (value) => typeof value === "string" && isBase64(value) },
  date: { words: "a time like 2026-01-31T12:00:00Z", holds: (value) => typeof value === "string" && DATE.test(value) },
  "int-or-string": { words: "an integer or a string", holds: (value) => isInt32(value) || typeof value === "string" },
  quantity: {
    words: 'a quantity like "500m" or "1Gi"',
    holds: (value) => (typeof value === "string" || Number.isFinite(value)) && tryParseQuantity(value as string) !== undefined,
  },
  any: { words: "any value", holds: () => true },
};

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function isInt32(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) <= INT32_MAX;
}

// The standard alphabet with padding, as Go's decoder requires it. Line breaks are allowed.
function isBase64(text: string): boolean {
  const dense = text.replaceAll(/[\r\n]/g, "");
  return dense.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(dense);
}

function wordsOf(type: FieldType): string {
  if (type.is === "enum") return `one of ${type.values.map((value) => JSON.stringify(value)).join(", ")}`;
  if (type.is === "list") return "a list";
  return type.is === "map" || type.is === "object" ? "an object" : PRIMITIVES[type.is].words;
}
