import type { FactName } from "../schema/block.ts";
import { isPlainObject } from "../fact-path.ts";
import { freezeDeep } from "../freeze.ts";
import { keysAt } from "../schema/schema-keys.ts";
import { factSchemas } from "../schema/schema.ts";

// Only facts that are merged deeply can get another key order.
const KEYS: ReadonlyMap<FactName, readonly string[]> = new Map(
  (["location", "window", "network", "link"] as const).map((name) => [name, keysAt(factSchemas[name], [])]),
);

/** A merged fact, frozen, with its keys in the schema's order, so that the order does not depend on the merge. */
export function inSchemaOrder(name: FactName, value: unknown): unknown {
  const keys = KEYS.get(name);
  if (!keys || !isPlainObject(value) || isInOrder(keys, value)) return freezeDeep(value);
  return freezeDeep(Object.fromEntries(keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key]])));
}

// A value from one block is in order already and must stay the same object.
function isInOrder(keys: readonly string[], value: Readonly<Record<string, unknown>>): boolean {
  let last = -1;
  for (const key in value) {
    const at = keys.indexOf(key);
    if (at <= last) return false;
    last = at;
  }
  return true;
}
