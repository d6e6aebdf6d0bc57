import type { Unit } from "../../constructs/index.ts";
import type { Place } from "../../core/index.ts";

/** The place of a unit's construction and its path, optionally with the part inside it that causes a fault. */
export function unitPlace(unit: Unit, inside = ""): Place {
  return { ...unit.source, path: inside === "" ? unit.node.path : `${unit.node.path} ${inside}` };
}
