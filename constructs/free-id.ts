import type { Construct } from "constructs";

/**
 * A second child of one id, and an id that every JavaScript object inherits (`constructor`), make `constructs` throw. A taken id is given
 * a spare one here, so that synth can report the clash beside all other problems, with both source lines.
 */
export function unusedId(scope: Construct, id: string): string {
  let free = id === "" ? "unnamed" : id;
  while (free in Object.prototype || scope.node.tryFindChild(free) !== undefined) free += "~";
  return free;
}
