/**
 * Canonical JSON of RFC 8785 (JCS): keys in UTF-16 order, numbers and strings as ECMAScript writes them, no white space.
 * Throws on values that JSON cannot hold (undefined, functions, NaN, lone surrogates): a silent `null` would be signed.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quotedString(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} is not a JSON number`);
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`canonical JSON: a value of type ${typeof value} is not a JSON value`);
  // String concatenation is the fastest way here, and a release writes tens of thousands of documents.
  let text = "{";
  let comma = "";
  for (const key of sortedKeys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined) continue;
    text += `${comma}${quotedString(key)}:${canonicalJson(field)}`;
    comma = ",";
  }
  return `${text}}`;
}

/** Printable ASCII without quotes and backslashes, which needs no escaping: most strings of our documents. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quotedString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError("canonical JSON: a lone surrogate has no UTF-8 form");
  return JSON.stringify(text);
}

/** Keys read from a canonical document are sorted already, and checking the order costs less than sorting. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  const isSorted = keys.every((key, place) => place === 0 || (keys[place - 1] as string) < key);
  return isSorted ? keys : keys.sort();
}

/** A document as stored in git: canonical bytes plus one LF. */
export function canonicalDocument(value: unknown): string {
  return `${canonicalJson(value)}\n`;
}

/**
 * Reads bytes that must be canonical JSON plus one LF. Returns the value, or a sentence with the fault.
 * Comparing the input with the value written again also finds duplicate keys, which `JSON.parse` drops.
 */
export function readCanonicalDocument(bytes: Uint8Array): { readonly value: unknown } | { readonly fault: string } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { fault: "is not UTF-8" };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: "is not JSON" };
  }
  const canonical = tryCanonicalDocument(value);
  return canonical === text ? { value } : { fault: "is not canonical JSON (RFC 8785) with one line end" };
}

function tryCanonicalDocument(value: unknown): string | undefined {
  try {
    return canonicalDocument(value);
  } catch {
    return undefined;
  }
}
