import type { Place } from "../../core/index.ts";
import type { FactPath } from "../fact-path.ts";

/** Whether a place is a value or its key (for unknown and duplicate keys, and for missing values inside it). */
export type Aim = "value" | "key";

/**
 * Finds the places of facts. A source reads fast, without positions, and only keeps block numbers. When a place is needed later, for a fault or for
 * `provenance`, the locator reads the file again with positions. A path that does not exist in the file, because a part is missing or a row function
 * made it, gives the nearest place around it.
 */
export interface Locator {
  /** For sorting without places. */
  readonly file: string;
  place(block: number, path: FactPath, aim: Aim): Place;
  /** Releases the text that was read again. */
  forget(): void;
}

/** One block of facts: a site as written, or one entry of the defaults. */
export interface Origin {
  readonly locator: Locator;
  readonly block: number;
  /** The path of the facts inside the block: `["levels", "eu/de"]` in a file of defaults. */
  readonly path: FactPath;
}

/** `path` is relative to the origin's path. */
export function placeOf(origin: Origin, path: FactPath, aim: Aim): Place {
  return origin.locator.place(origin.block, [...origin.path, ...path], aim);
}

/** By file and position, so that "first" does not depend on the order of the sources. */
export function compareOrigins(a: Origin, b: Origin): number {
  const [left, right] = [a.locator.file, b.locator.file];
  if (left !== right) return left < right ? -1 : 1;
  return a.block - b.block || comparePaths(a.path, b.path);
}

function comparePaths(a: FactPath, b: FactPath): number {
  const [left, right] = [a[0] ?? 0, b[0] ?? 0];
  if (typeof left === "number" && typeof right === "number") return left - right;
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
