/** Keys and indexes from the root of a block to one fact. Keys may hold dots, so a path is a list and not a string. */
export type FactPath = readonly (string | number)[];

/** For messages: `nodes[0].memory`, `labels["a.b"]`. */
export function formatPath(path: FactPath): string {
  return path
    .map((step, at) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return at === 0 ? step : `.${step}`;
    })
    .join("");
}

/** The value at `path`, by own keys only, so that a fact named `constructor` is not found in the prototype. */
export function valueAt(value: unknown, path: FactPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

/** An object as literals and parsers create it, not a list, Date, Map or class instance. Also accepts objects of another realm. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
