import { amount } from "../../core/index.ts";
import type { SynthResult } from "../../synth/index.ts";

/** The figures that tell at a glance whether a synth did what was expected. */
export interface SynthSummary {
  readonly fleet: string;
  readonly sites: number;
  /** Rows that their row function left out of the inventory. */
  readonly skippedRows: number;
  readonly units: number;
  /** How often any unit was rendered: far less than sites times units, or `synth --explain` says why not. */
  readonly renders: number;
  /** Sites whose trees differ in more than late facts. */
  readonly shapes: number;
}

export function summaryOf({ fleet, trees, units }: SynthResult): SynthSummary {
  return {
    fleet: fleet.id,
    sites: trees.length,
    skippedRows: fleet.inventory.skipped.length,
    units: units.length,
    renders: units.reduce((sum, unit) => sum + unit.renders, 0),
    shapes: new Set(trees.map((tree) => tree.shape)).size,
  };
}

export function summaryText({ fleet, sites, skippedRows, units, renders, shapes }: SynthSummary): string {
  const counts = [amount(sites, "site"), `${amount(units, "unit")} in ${amount(renders, "render")}`, amount(shapes, "different tree")];
  const skipped = skippedRows === 0 ? "" : `${amount(skippedRows, "row")} of the inventory skipped: see skerry sites --skipped.\n`;
  return `Fleet ${fleet}: ${counts.join(", ")}.\n${skipped}`;
}
