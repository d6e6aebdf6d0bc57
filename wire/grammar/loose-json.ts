import type { Read } from "../../core/index.ts";

/** JSON in any layout, for files that people edit; still without duplicate keys, which `JSON.parse` would let the last one win. */
export function readLooseJson(bytes: Uint8Array, bytesMax: number): Read<unknown> {
  if (bytes.length > bytesMax) return { fault: `has ${bytes.length} bytes, over the limit of ${bytesMax}` };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { fault: "is not UTF-8" };
  }
  try {
    const value: unknown = JSON.parse(text);
    return keysIn(value) === keysWritten(text) ? { value } : { fault: "has the same key twice in one object" };
  } catch (error) {
    // The parser's own message quotes the text, which may hold a password; only its place is passed on.
    const [place = ""] = / \(line [0-9]+ column [0-9]+\)$/.exec((error as Error).message) ?? [];
    return { fault: `is not JSON${place}` };
  }
}

function keysIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + keysIn(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

// A string with a colon after it is a key and nothing else, so keys can be counted without a parser of our own.
function keysWritten(text: string): number {
  let keys = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) keys++;
  return keys;
}
