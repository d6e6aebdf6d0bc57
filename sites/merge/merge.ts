import { isPlainObject } from "../fact-path.ts";

/**
 * JSON merge patch (RFC 7396): objects are merged deeply, arrays and other values are replaced, `null` removes. Parts that only one side has are
 * shared, not copied. Keys are in the order of `base`, then of `patch`.
 */
export function mergePatch(base: unknown, patch: unknown): unknown {
  if (patch === undefined) return base;
  if (!isPlainObject(patch)) return patch;
  if (!isPlainObject(base)) return withoutNulls(patch);
  let merged: Record<string, unknown> | undefined;
  for (const key of Object.keys(patch)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    const after = patch[key] === null ? undefined : mergePatch(before, patch[key]);
    if (after === before) continue;
    merged ??= { ...base };
    if (after === undefined) delete merged[key];
    else merged[key] = after;
  }
  return merged ?? base;
}

// There is nothing to remove. A part without nulls is shared as it is.
function withoutNulls(patch: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Object.values(patch).some((value) => value === null || value === undefined || isPlainObject(value))) return patch;
  return Object.fromEntries(
    Object.entries(patch)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [key, isPlainObject(value) ? withoutNulls(value) : value]),
  );
}
