import type { FindingGroups } from "../track/finding-groups.ts";
import { tryDirectFault } from "./direct-render.ts";
import { faultFinding } from "../track/fault-finding.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { lateSample, type Sampled } from "../late/late-sample.ts";
import type { LateTable } from "../late/late-table.ts";
import type { Rendered } from "../render/rendered.ts";
import type { UnitRenders } from "../render/unit-renders.ts";
import type { OwnedRule } from "../place/owned-rule.ts";

/** How many pairs of site and unit are rendered a second time: 1 %, at least one for each unit, at most 100. */
const SAMPLE_SHARE = 100;
const SAMPLE_MAX = 100;

export type Verify = "sample" | "all";

/**
 * Renders every leaf with late facts directly as well, for the site with the longest text and the one with the shortest, always and not as a
 * sample. Returns the number of renders.
 */
export function verifyLateLeaves(renders: readonly UnitRenders[], late: LateTable, findings: FindingGroups): number {
  let count = 0;
  for (const each of renders) {
    for (const { result, sites } of each.leaves) {
      const rendered = result.value;
      if (rendered === undefined || rendered.lateFacts.length === 0) continue;
      const sample = lateSample(rendered.lateFacts, sites, late);
      for (const one of new Set([sample[0], sample.at(-1)])) {
        compare(each, rendered, (one as Sampled).site, sites, late, findings);
        count++;
      }
    }
  }
  return count;
}

/** Renders a sample again, in another order than before, or everything with `all`. `done` direct renders count towards the sample. */
export function verifyPurity(renders: readonly UnitRenders[], mode: Verify, done: number, late: LateTable, findings: FindingGroups): void {
  const total = renders.reduce((sum, each) => sum + each.sites.length, 0);
  const wanted = Math.max(0, Math.min(SAMPLE_MAX, Math.ceil(total / SAMPLE_SHARE)) - done);
  for (const each of renders.toReversed()) {
    const count = mode === "all" ? each.sites.length : Math.max(1, Math.round((wanted * each.sites.length) / Math.max(1, total)));
    for (const site of spread(each.sites, count)) {
      const rendered = each.at(site.index);
      if (rendered !== undefined) compare(each, rendered, site, [site], late, findings);
    }
  }
}

/** Evaluates the rules again for a sample of sites. */
export function verifyRules(placed: readonly OwnedRule[], sites: readonly FleetSite[], mode: Verify, findings: FindingGroups): void {
  const count = mode === "all" ? sites.length : Math.min(SAMPLE_MAX, Math.ceil(sites.length / SAMPLE_SHARE));
  for (const { rule, path, source } of placed) {
    for (const site of spread(sites, count)) {
      if (!rule.isPureAt(site)) findings.addAt(faultFinding({ path, source }, IMPURE_WHERE), [site]);
    }
  }
}

const IMPURE_WHERE = {
  code: "impure-build" as const,
  message: "where gives another result for plain facts",
  because: "it depends on the clock, randomness, the environment or state between calls",
  next: "let it depend on `site` only",
};

function compare(
  each: UnitRenders,
  rendered: Rendered,
  site: FleetSite,
  sites: readonly FleetSite[],
  late: LateTable,
  findings: FindingGroups,
): void {
  const fault = tryDirectFault(rendered, site, late);
  if (fault === undefined) return;
  const finding = faultFinding(ownerOf(each), fault);
  // Skipped when a tracked render already reported the same line, with its sites.
  if (finding.cause === undefined || !findings.has(finding.code, finding.cause)) findings.addAt(finding, sites, site);
}

/** `count` sites from last to first, evenly spaced. */
function spread(sites: readonly FleetSite[], count: number): FleetSite[] {
  const step = sites.length / count;
  return Array.from(
    { length: Math.min(count, sites.length) },
    (_, index) => sites[sites.length - 1 - Math.floor(index * step)] as FleetSite,
  );
}

function ownerOf({ unit }: UnitRenders): { readonly path: string; readonly source: typeof unit.source } {
  return { path: unit.node.path, source: unit.source };
}
