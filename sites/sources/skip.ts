// A registered symbol, which is the same in every copy of this module.
const BRAND = Symbol.for("skerry.skip");

/** The result of a row function for a row that is not a site. */
export interface Skip {
  readonly reason: string;
}

/** Skips a row. The inventory lists all skipped rows with their reasons. */
export function skip(reason: string): Skip {
  return Object.defineProperty({ reason }, BRAND, { value: true });
}

/** By symbol, not by class, because a fleet may have two copies of the package. */
export function isSkip(value: unknown): value is Skip {
  return typeof value === "object" && value !== null && BRAND in value;
}
