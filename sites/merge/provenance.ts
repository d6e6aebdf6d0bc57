import type { Place } from "../../core/index.ts";
import type { Block } from "../schema/block.ts";
import { type FactPath, formatPath, isPlainObject, valueAt } from "../fact-path.ts";
import { placeOf } from "../text/locator.ts";
import type { MergedSite } from "./site-merger.ts";

/** One leaf of a site's facts and where it was written. */
export interface FactOrigin {
  readonly path: FactPath;
  /** The path as people read it. */
  readonly name: string;
  readonly value: unknown;
  /** `derived`: nobody wrote it, e.g. the zone of a window that has none of its own, or a label that the schema fills in. `at` is then the site. */
  readonly from: "site" | "defaults" | "derived";
  readonly at: Place;
}

/**
 * Found when it is asked for: facts keep no places, but a site keeps the blocks that it was merged from, and the last block that sets a leaf is its
 * author. The files are opened again, so the lines are right as long as nobody has changed them since.
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

// Whether a patch decides about a leaf: it sets it, or sets or removes something around it.
function decides(patch: unknown, path: FactPath): boolean {
  let value = patch;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return true;
    if (!Object.hasOwn(value, step)) return Array.isArray(value);
    value = (value as Record<string | number, unknown>)[step];
  }
  return true;
}

// Lists of objects are opened, since each machine has lines of its own; a list of texts is one leaf.
function leavesOf(value: unknown, path: FactPath): { readonly path: FactPath; readonly value: unknown }[] {
  if (isPlainObject(value)) return Object.keys(value).flatMap((key) => leavesOf(value[key], [...path, key]));
  const isList = Array.isArray(value) && value.some((entry) => typeof entry === "object");
  return isList ? (value as unknown[]).flatMap((entry, at) => leavesOf(entry, [...path, at])) : [{ path, value }];
}
