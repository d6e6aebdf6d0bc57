import { parseSelector, type SiteFacts, selectSites } from "../sites/index.ts";
import { UsageError } from "./usage-error.ts";

/** The sites that a selector means; all of them without one. A name that no site has is wrong usage, not an empty answer. */
export function selectFrom<S extends SiteFacts<unknown>>(sites: readonly S[], selector: string | undefined): readonly S[] {
  if (selector === undefined) return sites;
  const read = parseSelector(selector, sites);
  if ("problems" in read) throw new UsageError(read.problems);
  return selectSites(sites, read.value);
}
