/**
 * `JSON.parse` keeps the last of two equal keys and rounds long integers, both without a word. This says, at a fraction of the cost of a parser with
 * positions, whether a text may hide either: a key is a string before a colon, so there must be as many as the value has.
 */
export function mayHideFaults(text: string, value: unknown): boolean {
  return LONG_INTEGER.test(text) || countKeysIn(text) !== countKeysOf(value);
}

// Not behind a point: fractions are long and harmless.
const LONG_INTEGER = /(?<![.0-9])[0-9]{16}/;

// Jumps from quote to quote; what lies between strings is looked at for one character only.
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

// NaN, which equals nothing, when the value is too deep to walk.
function countKeysOf(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > DEPTH_MAX) return Number.NaN;
  let count = 0;
  if (Array.isArray(value)) for (const item of value as unknown[]) count += countKeysOf(item, depth + 1);
  else for (const key in value) count += 1 + countKeysOf((value as Record<string, unknown>)[key], depth + 1);
  return count;
}
