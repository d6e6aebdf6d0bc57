import type { SynthResult } from "../synth/index.ts";

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
  const skipped = skippedRows === 0 ? "" : `${skippedRows} rows of the inventory were skipped: skerry sites --skipped lists them.\n`;
  return `Fleet ${fleet}: ${sites} sites, ${units} units in ${renders} renders, ${shapes} different trees.\n${skipped}`;
}
