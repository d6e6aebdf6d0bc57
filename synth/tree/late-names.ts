import type { Unit } from "../../constructs/index.ts";
import { fill, formatObjectRef, limits, tryParseObjectRef } from "../../core/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import type { Combination } from "./combinations.ts";
import type { BuildFault } from "../track/fault.ts";
import { faultFinding } from "../track/fault-finding.ts";
import type { LateTable } from "../late/late-table.ts";
import type { RenderedFile } from "../render/rendered.ts";
import { lateNameTooLong } from "../track/refusals.ts";

/** Checks names with late facts for each site: they must be valid and unique there. */
export function checkLateNames(combinations: readonly Combination[], late: LateTable, findings: FindingGroups): void {
  for (const { rendered, consents, sites } of combinations) {
    const files = rendered.flatMap((each) => each.files.map((file) => ({ file, unit: each.unit })));
    const named = files.filter(({ file }) => isLate(file, late));
    if (named.length === 0) continue;
    const taken = new Set([
      ...files.filter(({ file }) => !isLate(file, late)).map(({ file }) => formatObjectRef(file.ref)),
      ...consents.map(({ consent }) => consent.remove),
    ]);
    for (const site of sites) {
      const own = new Set<string>();
      for (const { file, unit } of named) {
        const id = late.filled(formatObjectRef(file.ref), site);
        const fault = nameFault(file, id, taken.has(id) || own.has(id), late.valuesOf(site));
        if (fault !== undefined) findings.addAt(faultFinding(ownerOf(unit), { ...fault, construct: file.path }), [site]);
        own.add(id);
      }
    }
  }
}

function isLate(file: RenderedFile, late: LateTable): boolean {
  return late.factsIn(file.ref.name).length > 0;
}

function ownerOf(unit: Unit): { readonly path: string; readonly source: Unit["source"] } {
  return { path: unit.node.path, source: unit.source };
}

function nameFault(file: RenderedFile, id: string, isTaken: boolean, values: readonly string[]): BuildFault | undefined {
  if (tryParseObjectRef(id) === undefined) return NO_NAME;
  if (isTaken) return TAKEN;
  const name = typeof file.name === "string" ? file.name : fill(file.name, values);
  return name.length > limits.fileNameBytes ? lateNameTooLong(file.ref) : undefined;
}

const NO_NAME: BuildFault = {
  code: "bad-late-name",
  message: "with its late facts the object's name is not valid",
  next: "use facts that hold only lower-case letters, digits, hyphens and dots, such as the id",
};

const TAKEN: BuildFault = {
  code: "late-name-clash",
  message: "with its late facts the object's name equals that of another object, or of one that a consent removes",
  next: "add a unique part to the name",
};
