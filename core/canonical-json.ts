/**
 * Canonical JSON of RFC 8785 (JCS): keys in UTF-16 order, numbers and strings as ECMAScript writes them, no white space.
 * Refuses what JSON cannot say (undefined, functions, NaN, lone surrogates): a silent `null` would be signed.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quotedString(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} is no JSON number`);
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`canonical JSON: ${typeof value} is no JSON value`);
  // One growing string: a release writes tens of thousands of these.
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

/** Neither quotes, backslashes, control characters nor anything beyond ASCII: most strings of our documents. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quotedString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError("canonical JSON: a lone surrogate has no UTF-8 form");
  return JSON.stringify(text);
}

/** What was read from a canonical document is in order already, and sorting costs more than looking. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  const isSorted = keys.every((key, place) => place === 0 || (keys[place - 1] as string) < key);
  return isSorted ? keys : keys.sort();
}

/** A document as it lies in git: canonical bytes plus one LF. */
export function canonicalDocument(value: unknown): string {
  return `${canonicalJson(value)}\n`;
}

/**
 * Reads bytes that must be canonical, plus one LF. Returns the value, or the sentence that says what is wrong.
 * Comparing with the bytes written again also catches duplicate keys, which `JSON.parse` hides.
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
