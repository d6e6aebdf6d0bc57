import type { FleetSite } from "../track/fleet-site.ts";
import { ALPHABETS_MAX } from "./late-column.ts";
import type { LateTable } from "./late-table.ts";

/** A site that represents others, and how many it represents including itself. */
export interface Sampled {
  readonly site: FleetSite;
  readonly sites: number;
}

/**
 * A sample of sites that share a render with late facts: for each set of kinds of characters the site with the longest text. The longest of
 * all comes first, the shortest last; together they represent all sites.
 */
export function lateSample(facts: readonly number[], sites: readonly FleetSite[], late: LateTable): Sampled[] {
  const columns = facts.map((fact) => late.columnOf(fact));
  const groups = new Map<number, Group>();
  let shortest: { readonly site: FleetSite; readonly length: number; readonly group: Group } | undefined;
  for (const site of sites) {
    let length = 0;
    let key = 0;
    for (const column of columns) {
      length += column.textOf(site).length;
      key = key * ALPHABETS_MAX + column.alphabetOf(site);
    }
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { site, length, sites: 0 }));
    if (length > group.length) Object.assign(group, { site, length });
    group.sites++;
    if (shortest === undefined || length < shortest.length) shortest = { site, length, group };
  }
  const sample = [...groups.values()].sort((a, b) => b.length - a.length);
  return shortest === undefined ? [] : withLast(sample, shortest.site, shortest.group, sites);
}

interface Group {
  site: FleetSite;
  length: number;
  sites: number;
}

/** Moves the shortest to the end. With one length and one alphabet there are still two direct renders. */
function withLast(sample: readonly Group[], shortest: FleetSite, group: Group, sites: readonly FleetSite[]): Sampled[] {
  const isFirst = sample.length === 1 && shortest === group.site;
  const last = isFirst ? sites.find((site) => site !== shortest) : shortest;
  if (last === undefined || last === sample.at(-1)?.site) return [...sample];
  if (last === group.site) return [...sample.filter((each) => each !== group), group];
  group.sites--;
  return [...sample, { site: last, sites: 1 }];
}
