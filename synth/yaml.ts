/**
 * Writes one Kubernetes object as YAML that means the same under YAML 1.1 (kubectl, Go) and 1.2 (npm `yaml`), in one fixed style:
 * block collections, two spaces, LF, keys in a fixed order, no anchors, no folding. Same object, same bytes, whatever order its
 * keys were inserted in; the style is a promise, because these bytes are signed (docs/adr/0007).
 *
 * Text is plain only where no reader could take it for anything else; text with late facts is always double-quoted, so that
 * a value can be put in later without changing how the rest is quoted.
 */
export function writeYaml(object: JsonObject, isLate: (text: string) => boolean): string {
  const write = new YamlWriter(isLate);
  return isEmpty(object) ? "{}\n" : `${write.mapping(object, "", TOP_LEVEL_FIRST)}\n`;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

const TOP_LEVEL_FIRST = ["apiVersion", "kind", "metadata"];
/** A reviewer looks for the name of a container, port or volume before anything else of it. */
const NESTED_FIRST = ["name", "namespace"];

class YamlWriter {
  readonly #isLate: (text: string) => boolean;

  constructor(isLate: (text: string) => boolean) {
    this.#isLate = isLate;
  }

  mapping(object: JsonObject, indent: string, first: readonly string[]): string {
    const lines = orderedKeys(object, first).map((key) => {
      const value = object[key] as JsonValue;
      return `${this.#key(key)}:${this.#valueAfterKey(value, indent)}`;
    });
    return lines.join(`\n${indent}`);
  }

  #valueAfterKey(value: JsonValue, indent: string): string {
    const inner = `${indent}  `;
    if (isSequence(value)) return value.length === 0 ? " []" : `\n${inner}${this.#sequence(value, inner)}`;
    if (isMapping(value)) return isEmpty(value) ? " {}" : `\n${inner}${this.mapping(value, inner, NESTED_FIRST)}`;
    return ` ${this.#scalar(value, inner)}`;
  }

  #sequence(items: readonly JsonValue[], indent: string): string {
    return items.map((item) => `- ${this.#item(item, `${indent}  `)}`).join(`\n${indent}`);
  }

  #item(value: JsonValue, inner: string): string {
    if (isSequence(value)) return value.length === 0 ? "[]" : this.#sequence(value, inner);
    if (isMapping(value)) return isEmpty(value) ? "{}" : this.mapping(value, inner, NESTED_FIRST);
    return this.#scalar(value, inner);
  }

  #scalar(value: null | boolean | number | string, indent: string): string {
    if (typeof value === "string") return this.#text(value, indent);
    if (typeof value === "number") return numberText(value);
    return String(value);
  }

  #text(text: string, indent: string): string {
    if (this.#isLate(text)) return quoted(text);
    if (isPlain(text)) return text;
    return isLiteral(text) ? literal(text, indent) : quoted(text);
  }

  #key(key: string): string {
    // YAML reads a key without `?` only when it ends within 1,024 characters; Kubernetes allows none that long.
    if (key.length > 1000) throw new RangeError(`a key of ${key.length} characters is longer than any that Kubernetes allows`);
    return !this.#isLate(key) && isPlain(key) ? key : quoted(key);
  }
}

/** The keys that carry a value; `undefined` is how TypeScript says "left out". UTF-16 order, after those that come first. */
function orderedKeys(object: JsonObject, first: readonly string[]): string[] {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  const leading = first.filter((key) => Object.hasOwn(object, key) && object[key] !== undefined);
  return [...leading, ...keys.filter((key) => !leading.includes(key)).sort()];
}

function isSequence(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isMapping(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null;
}

function isEmpty(object: JsonObject): boolean {
  return Object.values(object).every((value) => value === undefined);
}

// YAML 1.1 floats need a point, so `1e+21` would be read as text there.
function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no JSON number`);
  const text = String(Object.is(value, -0) ? 0 : value);
  return /^-?\d+e/.test(text) ? text.replace("e", ".0e") : text;
}

// Starts with a letter, slash or underscore, so it is no number, date, sign or indicator in either version; a colon only inside a word.
const PLAIN = /^[A-Za-z_/](?:[A-Za-z0-9_./@+,=-]|:(?=[A-Za-z0-9/])| (?=[A-Za-z0-9_./@+(-]))*$/;
// The last: a reader of 1.1 takes a bare exponent for a number.
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|e[-+]?[0-9]+)$/i;

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !WORDS.test(text);
}

// Printable in both versions, and no line break but LF (1.1 also breaks at U+0085, U+2028 and U+2029).
const LITERAL = /^[\t\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/;

/** Block text only where readers never disagree: several lines, the first not blank or indented, at most one line end at the end. */
function isLiteral(text: string): boolean {
  return /^[^\s].*\n/.test(text) && !text.endsWith("\n\n") && !/[ \t]\n|[ \t]$/.test(text) && LITERAL.test(text);
}

function literal(text: string, indent: string): string {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => (line === "" ? "" : indent + line));
  return `${text.endsWith("\n") ? "|" : "|-"}\n${lines.join("\n")}`;
}

/** JSON's quoting is YAML's, but for what YAML counts as a line break or as unprintable. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
