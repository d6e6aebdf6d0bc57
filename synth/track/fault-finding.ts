import type { Place } from "../../core/index.ts";
import type { LocatedFinding } from "./finding-groups.ts";
import type { BuildFault } from "./fault.ts";

/** The finding for a fault in a `where` or `build`. Its place is the fault's line, else the line that constructed the owner. */
export function faultFinding(owner: { readonly path: string; readonly source: Place | undefined }, fault: BuildFault): LocatedFinding {
  const { place, construct, ...rest } = fault;
  const path = construct === undefined ? owner.path : `${owner.path}/${construct}`;
  const at = [{ ...(place ?? owner.source), path }];
  // Errors thrown at one line have one cause, even when their messages differ from site to site.
  return { ...rest, at, ...(place === undefined ? {} : { cause: JSON.stringify(at) }) };
}
