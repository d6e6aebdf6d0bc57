import type { Place } from "../../core/index.ts";
import type { LocatedFinding } from "./finding-groups.ts";
import type { BuildFault } from "./fault.ts";

/** The fault of a `where` or `build` that belongs to a construct, with the user's line: its own, else the line that made the construct. */
export function faultFinding(owner: { readonly path: string; readonly source: Place | undefined }, fault: BuildFault): LocatedFinding {
  const { place, construct, ...rest } = fault;
  const path = construct === undefined ? owner.path : `${owner.path}/${construct}`;
  const at = [{ ...(place ?? owner.source), path }];
  // One line that throws is one cause, though each site may word it in its own way.
  return { ...rest, at, ...(place === undefined ? {} : { cause: JSON.stringify(at) }) };
}
