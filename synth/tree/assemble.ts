import type { SiteTree, TreePart, TreeShape } from "../../core/index.ts";
import type { WindowFacts } from "../../sites/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import type { Combination } from "./combinations.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { LateTable } from "../late/late-table.ts";
import { RESERVED } from "../late/marker.ts";
import { checkPlan, planFrame, type PlanFrame, planWriter } from "./site-plan.ts";

const NO_VALUES: readonly string[] = [];

/** The sites' trees in order of site ids. Sites with the same combination and window share a shape. */
export function assemble(combinations: readonly Combination[], late: LateTable, findings: FindingGroups): SiteTree[] {
  const shaped = combinations.flatMap((combination) => shapesOf(combination, late, findings));
  // All holes are known now. Site indexes are in order of ids.
  const trees: SiteTree[] = [];
  for (const { site, shape } of shaped) {
    trees[site.index] = { site: site.facts.id, shape, values: late.isEmpty ? NO_VALUES : late.valuesOf(site) };
  }
  // Removes the gaps of sites without a tree.
  return trees.filter((tree) => tree !== undefined);
}

function shapesOf(
  combination: Combination,
  late: LateTable,
  findings: FindingGroups,
): { readonly site: FleetSite; readonly shape: TreeShape }[] {
  const { profile, rendered, consents, sites } = combination;
  const first = sites[0] as FleetSite;
  if (rendered.every(({ files }) => files.length === 0)) {
    addEmpty(sites, findings);
    return [];
  }
  const frame = planFrame(profile, rendered, consents);
  if (hasReserved(frame)) {
    findings.add(RESERVED_IN_PLAN);
    return [];
  }
  const write = planWriter(frame);
  checkPlan(late.filled(write(first.facts.window), first), sites, findings);
  const parts = rendered.flatMap((each) => each.parts).toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
  const shapes = new Map<string, TreeShape>();
  return sites.map((site) => ({ site, shape: shapeFor(site.facts.window, write, parts, shapes, late) }));
}

function shapeFor(
  window: WindowFacts | undefined,
  write: (window: WindowFacts | undefined) => string,
  parts: readonly TreePart[],
  shapes: Map<string, TreeShape>,
  late: LateTable,
): TreeShape {
  const key = window === undefined ? "" : `${window.cron} ${window.minutes} ${window.timeZone}`;
  let shape = shapes.get(key);
  if (shape === undefined) {
    const plan = { name: "plan.json", content: late.template(write(window), "json") };
    shape = { parts: [{ folder: "", files: [plan] }, ...parts] };
    shapes.set(key, shape);
  }
  return shape;
}

// Object ids may hold markers. Everything else in a plan is the user's own text.
function hasReserved({ units, consents }: PlanFrame): boolean {
  return RESERVED.test(JSON.stringify([units, consents]));
}

const RESERVED_IN_PLAN = {
  code: "reserved-characters" as const,
  message: "a probe, service account or consent holds U+FDD0 or U+FDD1, which are reserved for late facts",
  at: [{ path: "plan.json" }],
  because: "these two are noncharacters in Unicode and have no use in text",
  next: "remove these characters",
};

function addEmpty(sites: readonly FleetSite[], findings: FindingGroups): void {
  const finding = {
    code: "empty-site" as const,
    message: "the site would get no objects",
    at: [{ path: `site ${(sites[0] as FleetSite).facts.id}` }],
    because: "an agent that accepted an empty tree would remove every object",
    next: "place a unit at the site, or remove the site from the inventory",
    cause: "",
  };
  findings.addAt(finding, sites);
}
