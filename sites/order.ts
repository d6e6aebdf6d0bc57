import type { FactName } from "./block.ts";
import { isPlainObject } from "./fact-path.ts";
import { freezeDeep } from "./freeze.ts";
import { keysAt } from "./schema-keys.ts";
import { factSchemas } from "./schema.ts";

const KEYS: ReadonlyMap<FactName, readonly string[]> = new Map(
  (["location", "window", "network", "link"] as const).map((name) => [name, keysAt(factSchemas[name], [])]),
);

/** A merged fact with its fields in the schema's order and frozen: what was merged from what must not show. */
export function inOrder(name: FactName, value: unknown): unknown {
  const keys = KEYS.get(name);
  if (!keys || !isPlainObject(value)) return freezeDeep(value);
  return freezeDeep(Object.fromEntries(keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]])));
}
