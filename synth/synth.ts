import type { Fleet } from "../constructs/index.ts";
import { type Problem, Problems, type SiteTree } from "../core/index.ts";
import type { InventoryLine } from "../wire/index.ts";
import { assemble } from "./tree/assemble.ts";
import { FindingGroups } from "./track/finding-groups.ts";
import { allChecks } from "./checks/all-checks.ts";
import { combine } from "./tree/combinations.ts";
import { consentsOf } from "./place/consents.ts";
import { DerivedFacts } from "./place/derived-facts.ts";
import { explainUnits, type UnitExplanation } from "./explain/explain.ts";
import { FleetSite } from "./track/fleet-site.ts";
import { inventoryLines } from "./tree/inventory-lines.ts";
import { checkLateNames } from "./tree/late-names.ts";
import { LateTable } from "./late/late-table.ts";
import { placeAll } from "./place/placement.ts";
import { readFleetIndex } from "./place/fleet-index.ts";
import { type Checks, runChecks } from "./checks/run-checks.ts";
import { UnitRenders } from "./render/unit-renders.ts";
import type { SynthDetail } from "./synth-detail.ts";
import { type Verify, verifyLateLeaves, verifyPurity, verifyRules } from "./verify/verification.ts";

export interface SynthOptions {
  /** How much is rendered a second time from plain facts: 1 % of all pairs of site and unit (at most 100), or all. @default "sample" */
  readonly verify?: Verify;
}

export interface SynthResult {
  readonly fleet: Fleet;
  /** The inventory's problems first, then those of the code; one for each cause, with the number of sites. */
  readonly problems: readonly Problem[];
  /** In ascending order of site ids. Empty when there is an error. */
  readonly trees: readonly SiteTree[];
  readonly inventory: readonly InventoryLine[];
  readonly units: readonly UnitExplanation[];
  readonly detail: SynthDetail;
}

/** Places, renders and checks a whole fleet. Reports faults in the user's code as problems and writes nothing. */
export function synth(fleet: Fleet, { verify = "sample" }: SynthOptions = {}, checks: Checks = allChecks): SynthResult {
  const problems = new Problems();
  problems.list.push(...fleet.inventory.problems);
  const findings = new FindingGroups(problems);
  const fleetIndex = readFleetIndex(fleet, findings);
  const derived = new DerivedFacts(fleetIndex.units);
  const sites = fleet.inventory.sites.map((facts, index) => new FleetSite(facts, index, derived));

  const placement = placeAll(fleet, fleetIndex, sites, findings);
  derived.setPlacement(placement, sites);
  verifyRules(placement.rules, sites, verify, findings);

  const late = new LateTable();
  const renders = fleetIndex.units.map((unit) => new UnitRenders(unit, placement.sitesOf.get(unit) ?? [], late));
  for (const each of renders) each.renderAll();
  for (const each of renders) each.addFaults(findings);
  const direct = verifyLateLeaves(renders, late, findings);
  verifyPurity(renders, verify, direct, late, findings);

  const combinations = combine(sites, placement, renders, consentsOf(fleet, fleetIndex.units), findings);
  runChecks(combinations, sites, checks, late, findings);
  for (const check of checks.fleet ?? []) check(renders, findings);
  checkLateNames(combinations, late, findings);
  const trees = assemble(combinations, late, findings);
  findings.flush();
  return {
    fleet,
    problems: problems.list,
    trees: problems.hasErrors ? [] : trees,
    inventory: inventoryLines(sites, placement),
    units: explainUnits(renders),
    detail: { sites, placement, renders, late },
  };
}
