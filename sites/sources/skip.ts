// Registered, so that it is the same in every copy of this module.
const BRAND = Symbol.for("skerry.skip");

/** What a row function returns for a row that is no site. */
export interface Skip {
  readonly reason: string;
}

/** Leaves a row out, for a reason that is listed with the inventory: rows never go missing without a word. */
export function skip(reason: string): Skip {
  return Object.defineProperty({ reason }, BRAND, { value: true });
}

/** By brand: a fleet may hold two copies of the package. */
export function isSkip(value: unknown): value is Skip {
  return typeof value === "object" && value !== null && BRAND in value;
}
