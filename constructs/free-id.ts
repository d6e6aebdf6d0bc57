import type { Construct } from "constructs";

/**
 * `constructs` throws for a duplicate child id and for an id that every object inherits (`constructor`). Such an id is replaced by an unused
 * one here, so that synth can report the clash with both source lines, together with all other problems.
 */
export function unusedId(scope: Construct, id: string): string {
  let free = id === "" ? "unnamed" : id;
  while (free in Object.prototype || scope.node.tryFindChild(free) !== undefined) free += "~";
  return free;
}
