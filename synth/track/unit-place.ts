import type { Unit } from "../../constructs/index.ts";
import type { Place } from "../../core/index.ts";

/** Where a unit was constructed, and its path; below it, what inside of it is to blame. */
export function unitPlace(unit: Unit, inside = ""): Place {
  return { ...unit.source, path: inside === "" ? unit.node.path : `${unit.node.path} ${inside}` };
}
