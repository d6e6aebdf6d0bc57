import type { FindingGroups } from "../track/finding-groups.ts";
import type { CheckFinding, RenderedUnit, SiteCheck, UnitCheck } from "./check.ts";
import type { Combination } from "../tree/combinations.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import { lateSample, type Sampled } from "../late/late-sample.ts";
import type { LateTable } from "../late/late-table.ts";
import type { Rendered, RenderedFile } from "../render/rendered.ts";
import type { UnitRenders } from "../render/unit-renders.ts";
import { kubernetesOf } from "../tree/site-plan.ts";
import { unitPlace } from "../track/unit-place.ts";

export interface Checks {
  readonly units: readonly UnitCheck[];
  readonly sites: readonly SiteCheck[];
  readonly fleet?: readonly FleetCheck[];
}

/** Runs once, over all units with all their renders; for what is true of a unit at every site or at none. */
export type FleetCheck = (renders: readonly UnitRenders[], findings: FindingGroups) => void;

/** Runs unit checks for each distinct render and Kubernetes minor version, and site checks for each distinct combination. */
export function runChecks(
  combinations: readonly Combination[],
  all: readonly FleetSite[],
  checks: Checks,
  late: LateTable,
  findings: FindingGroups,
): void {
  const bytes = new Map<RenderedFile, number>();
  for (const { rendered, kubernetes, sites } of distinctUnits(combinations)) {
    for (const file of rendered.files) bytes.set(file, bytesOf(file, all, late));
    for (const { site, sites: count } of samplesOf(rendered, sites, late)) {
      const shown = shownUnit(rendered, kubernetes, site, late, bytes);
      for (const check of checks.units) check(shown, (finding) => addFinding(finding, [shown], count, site, findings));
    }
  }
  for (const { profile, rendered, sites } of combinations) {
    const first = sites[0] as FleetSite;
    const units = rendered.map((each) => shownUnit(each, kubernetesOf(profile), first, late, bytes));
    const nodesMin = sites.reduce((least, site) => Math.min(least, site.facts.nodes.length), Number.POSITIVE_INFINITY);
    for (const check of checks.sites)
      check({ profile, units, nodesMin }, (finding) => addFinding(finding, units, sites.length, first, findings));
  }
}

interface DistinctUnit {
  readonly rendered: Rendered;
  readonly kubernetes: string;
  readonly sites: FleetSite[];
}

function distinctUnits(combinations: readonly Combination[]): DistinctUnit[] {
  const byRender = new Map<Rendered, Map<string, DistinctUnit>>();
  for (const { profile, rendered, sites } of combinations) {
    const kubernetes = kubernetesOf(profile);
    for (const each of rendered) {
      const byMinor = byRender.get(each) ?? new Map<string, DistinctUnit>();
      byRender.set(each, byMinor);
      const known = byMinor.get(kubernetes);
      // No spread, because a call cannot take 100,000 arguments.
      if (known === undefined) byMinor.set(kubernetes, { rendered: each, kubernetes, sites: [...sites] });
      else for (const site of sites) known.sites.push(site);
    }
  }
  return [...byRender.values()].flatMap((byMinor) => [...byMinor.values()]);
}

function samplesOf(rendered: Rendered, sites: readonly FleetSite[], late: LateTable): Sampled[] {
  if (rendered.lateFacts.length > 0) return lateSample(rendered.lateFacts, sites, late);
  return [{ site: sites[0] as FleetSite, sites: sites.length }];
}

function shownUnit(
  rendered: Rendered,
  kubernetes: string,
  site: FleetSite,
  late: LateTable,
  bytes: ReadonlyMap<RenderedFile, number>,
): RenderedUnit {
  return {
    unit: rendered.unit,
    kubernetes,
    objects: rendered.files.map((file) => ({
      ref: { ...file.ref, name: late.filled(file.ref.name, site) },
      stage: file.stage,
      json: typeof file.content === "string" ? file.json : late.filledJson(file.json, site),
      path: `${rendered.unit.node.path}/${file.path}`,
      bytes: bytes.get(file) as number,
    })),
    probes: rendered.probes,
  };
}

function bytesOf({ content }: RenderedFile, sites: readonly FleetSite[], late: LateTable): number {
  return Buffer.byteLength(typeof content === "string" ? content : late.longest(content, sites));
}

function addFinding(finding: CheckFinding, units: readonly RenderedUnit[], count: number, site: FleetSite, findings: FindingGroups): void {
  const { object, field, severity, ...rest } = finding;
  const owner = units.find((unit) => object !== undefined && unit.objects.includes(object)) ?? (units.length === 1 ? units[0] : undefined);
  const inside =
    object === undefined ? "" : [`${object.ref.kind}/${object.ref.name}`, field].filter((part) => part !== undefined).join(" ");
  const at = owner === undefined ? [] : [unitPlace(owner.unit, inside)];
  findings.addCounted({ ...rest, at, ...(severity === undefined ? {} : { severity }) }, count, site);
}
