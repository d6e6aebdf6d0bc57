/**
 * `JSON.parse` silently keeps the last of two equal keys and rounds long integers. This check tells whether a text may have either, much faster than
 * a parser with positions: a key is a string before a colon, so the text and the value must have the same number of keys.
 */
export function mayHideFaults(text: string, value: unknown): boolean {
  return LONG_INTEGER.test(text) || countKeysIn(text) !== countKeysOf(value);
}

// Not after a decimal point: long fractions are harmless.
const LONG_INTEGER = /(?<![.0-9])[0-9]{16}/;

// Jumps from quote to quote and reads one character after each string.
function countKeysIn(text: string): number {
  let count = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    let close = text.indexOf('"', open + 1);
    while (close > 0 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
    if (close < 0) break;
    let next = close + 1;
    while (text.charCodeAt(next) <= 32) next++;
    if (text.charCodeAt(next) === COLON) count++;
    open = text.indexOf('"', next);
  }
  return count;
}

const DEPTH_MAX = 64;
const COLON = 58;
const BACKSLASH = 92;

// A quote is escaped by an odd number of backslashes.
function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

// NaN, which never equals a count, when the value is nested too deep.
function countKeysOf(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > DEPTH_MAX) return Number.NaN;
  let count = 0;
  if (Array.isArray(value)) for (const item of value as unknown[]) count += countKeysOf(item, depth + 1);
  else for (const key in value) count += 1 + countKeysOf((value as Record<string, unknown>)[key], depth + 1);
  return count;
}
