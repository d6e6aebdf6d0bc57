import type { FleetSite } from "./fleet-site.ts";
import { ALPHABETS_MAX } from "./late-column.ts";
import type { LateTable } from "./late-table.ts";

/**
 * Of sites that share a render with late facts, those whose values differ most: for each set of kinds of characters in use the site with
 * the longest text. The longest of all comes first, the shortest last.
 */
export function lateSample(facts: readonly number[], sites: readonly FleetSite[], late: LateTable): FleetSite[] {
  const columns = facts.map((fact) => late.columnOf(fact));
  const longest = new Map<number, Measured>();
  let shortest: Measured = { site: sites[0] as FleetSite, length: Infinity };
  for (const site of sites) {
    let length = 0;
    let key = 0;
    for (const column of columns) {
      length += column.textOf(site).length;
      key = key * ALPHABETS_MAX + column.alphabetOf(site);
    }
    if (length > (longest.get(key)?.length ?? -1)) longest.set(key, { site, length });
    if (length < shortest.length) shortest = { site, length };
  }
  const sample = [...longest.values()].sort((a, b) => b.length - a.length).map(({ site }) => site);
  // Sites of one length and one alphabet still make two direct renders.
  const last = sample.length === 1 && shortest.site === sample[0] ? sites.find((site) => site !== shortest.site) : shortest.site;
  return last === undefined ? sample : [...sample.filter((site) => site !== last), last];
}

interface Measured {
  readonly site: FleetSite;
  readonly length: number;
}
