import { formatFact } from "../track/fact-path.ts";

/** The path of the first place where two JSON values differ, keys in order; undefined when they are equal. */
export function firstDifference(a: unknown, b: unknown, path: readonly (string | number)[] = []): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b))
    return formatFact(path);
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  for (const key of keys) {
    const [left, right] = [a, b].map((side) => (Object.hasOwn(side, key) ? (side as Record<string, unknown>)[key] : undefined));
    const found = firstDifference(left, right, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
