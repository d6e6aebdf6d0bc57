import type { Place } from "../../core/index.ts";
import type { FactPath } from "../fact-path.ts";

/** What to point at: a value, or the key before it (unknown and double keys, and what is missing below it). */
export type Aim = "value" | "key";

/**
 * Finds where facts stand. A source hands out block numbers while it reads fast and without positions; whoever needs a place later
 * (a fault, or `provenance`) asks the locator, which reads the file again with positions. A path that is not written as such, because a part of it is
 * missing or a row function made it, gives the nearest place around it.
 */
export interface Locator {
  /** For sorting, before any place is known. */
  readonly file: string;
  place(block: number, path: FactPath, aim: Aim): Place;
  /** Drops what was read again. */
  forget(): void;
}

/** One block of facts: a site as written, or one entry of the defaults. */
export interface Origin {
  readonly locator: Locator;
  readonly block: number;
  /** Where the facts begin inside the block: `["levels", "eu/de"]` in a file of defaults. */
  readonly path: FactPath;
}

/** `path` counts from where the facts of the block begin. */
export function placeOf(origin: Origin, path: FactPath, aim: Aim): Place {
  return origin.locator.place(origin.block, [...origin.path, ...path], aim);
}

/** File order: by it anything "first" is the same whichever source was read first. */
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
