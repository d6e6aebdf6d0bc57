import { parseSelector, type SiteFacts, selectSites } from "../../sites/index.ts";
import type { InventoryLine } from "../../wire/index.ts";
import { UsageError } from "../output/usage-error.ts";

/** A selector asks for id, level, profile and labels, and a line of the rendered or released inventory has all four. */
export function asFacts(line: InventoryLine): SiteFacts<unknown> {
  return line as unknown as SiteFacts<unknown>;
}

/**
 * The sites that a selector means; all of them without one. A name that no site has is wrong usage, not an empty answer. `whose` says whose
 * sites they are, where that is not what the source says now.
 */
export function selectFrom<S extends SiteFacts<unknown>>(sites: readonly S[], selector: string | undefined, whose = ""): readonly S[] {
  if (selector === undefined) return sites;
  const read = parseSelector(selector, sites);
  if ("problems" in read) throw new UsageError(read.problems.map((problem) => ({ ...problem, message: problem.message + whose })));
  if (/(^|,)\s*!?profile\b/.test(selector) && !sites.some((site) => site.profile !== undefined)) {
    const next = "select by id, level or label; synth, release and promote can select by profile";
    throw UsageError.of("the profiles of the sites are not known before rendering, so this command cannot select by profile", next);
  }
  return selectSites(sites, read.value);
}
