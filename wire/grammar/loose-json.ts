import type { Read } from "../../core/index.ts";

/** JSON in any layout, for files that people edit. Duplicate keys are a fault; `JSON.parse` would keep the last one. */
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
    // The parser's message quotes the text, which may hold a password. Only the position is kept.
    const [place = ""] = / \(line [0-9]+ column [0-9]+\)$/.exec((error as Error).message) ?? [];
    return { fault: `is not JSON${place}` };
  }
}

function keysIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + keysIn(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

// Only a key is a string followed by a colon, so the keys can be counted without another parser.
function keysWritten(text: string): number {
  let keys = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) keys++;
  return keys;
}
