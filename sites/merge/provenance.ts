import type { Place } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import { type FactPath, formatPath, isPlainObject, valueAt } from "../fact-path.ts";
import { placeOf } from "../text/locator.ts";
import type { MergedSite } from "./site-merger.ts";

/** One leaf of a site's facts and where it was written. */
export interface FactOrigin {
  readonly path: FactPath;
  /** The path as text. */
  readonly name: string;
  readonly value: unknown;
  /** `derived`: not written anywhere, e.g. the time zone of a window without one, or a label default of the schema. `at` is then the site. */
  readonly from: "site" | "defaults" | "derived";
  readonly at: Place;
}

/**
 * Facts keep no places, but a site keeps the blocks that it was merged from. The last block that sets a leaf is its origin. The files are read
 * again, so the lines are right if the files have not changed since.
 */
export function factOrigins({ facts, own, defaults }: MergedSite<unknown>): FactOrigin[] {
  const authors = [own, ...defaults.blocks.toReversed()];
  const found = leavesOf(facts, []).map(({ path, value }) => originOf(path, value, authors, own));
  for (const { locator } of authors) locator.forget();
  return found;
}

function originOf(path: FactPath, value: unknown, authors: readonly Block[], own: Block): FactOrigin {
  const deciding = authors.find(({ patch }) => decides(patch, path));
  const author = deciding && valueAt(deciding.patch, path) != null ? deciding : undefined;
  const from = author === undefined ? "derived" : author === own ? "site" : "defaults";
  const at = author ? placeOf(author, path, "key") : placeOf(own, [], "key");
  return { path, name: formatPath(path), value, from, at };
}

// Whether a patch sets the leaf, or sets or removes a value that contains it.
function decides(patch: unknown, path: FactPath): boolean {
  let value = patch;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return true;
    if (!Object.hasOwn(value, step)) return Array.isArray(value);
    value = (value as Record<string | number, unknown>)[step];
  }
  return true;
}

// Lists of objects are entered, because each machine has its own lines; a list of strings is one leaf.
function leavesOf(value: unknown, path: FactPath): { readonly path: FactPath; readonly value: unknown }[] {
  if (isPlainObject(value)) return Object.keys(value).flatMap((key) => leavesOf(value[key], [...path, key]));
  const isList = Array.isArray(value) && value.some((entry) => typeof entry === "object");
  return isList ? (value as unknown[]).flatMap((entry, at) => leavesOf(entry, [...path, at])) : [{ path, value }];
}
