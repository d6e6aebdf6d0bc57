import { inShiftedEnvironment, fill, limits } from "../../core/index.ts";
import { identityOf } from "../../kube/index.ts";
import { manifestFileName } from "../../wire/index.ts";
import { type BuildFault, FaultLog, runWith } from "../track/fault.ts";
import { firstDifference } from "./first-difference.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { LateTable } from "../late/late-table.ts";
import { manifestText } from "../render/manifest-text.ts";
import { plainSite } from "../track/plain-site.ts";
import { type BuiltObject, renderUnit } from "../render/render-unit.ts";
import type { Rendered, RenderedFile } from "../render/rendered.ts";

/**
 * Renders a unit again for one site, from plain facts without views, with another time and an empty environment, and compares every byte with
 * the site's files. Returns the first difference as a fault.
 */
export function tryDirectFault(rendered: Rendered, site: FleetSite, late: LateTable): BuildFault | undefined {
  const { unit, files } = rendered;
  const log = new FaultLog();
  const plain = plainSite(site, log);
  const built = runWith(log, () => inShiftedEnvironment(() => renderUnit(unit, plain.site, plain.source, log)));
  const failed = log.list[0];
  // A specific fault says more than that two renders differ.
  if (failed !== undefined)
    return failed.code === "build-failed" ? differing(rendered, failed.construct, `the build fails: ${failed.message}`) : failed;
  const values = late.valuesOf(site);
  for (const [index, file] of files.entries()) {
    const object = built.objects[index];
    if (object?.path !== file.path) return differing(rendered, file.path, "the object is missing or at another position");
    const fault = tryFileFault(rendered, file, object, site, values, late);
    if (fault !== undefined) return fault;
  }
  const extra = built.objects[files.length];
  if (extra === undefined && firstDifference(rendered.probes, built.probes) !== undefined)
    return differing(rendered, undefined, "the probes differ");
  return extra && differing(rendered, extra.path, "there is an additional object");
}

function tryFileFault(
  rendered: Rendered,
  file: RenderedFile,
  object: BuiltObject,
  site: FleetSite,
  values: readonly string[],
  late: LateTable,
): BuildFault | undefined {
  const expected = typeof file.content === "string" ? file.content : fill(file.content, values);
  const name = typeof file.name === "string" ? file.name : fill(file.name, values);
  // Names that are too long are reported by the check of late names.
  const isNamedAlike = name.length > limits.fileNameBytes || manifestFileName(identityOf(object.json)) === name;
  if (manifestText(object.json, file.json) === expected && isNamedAlike) return undefined;
  const path = firstDifference(late.filledJson(file.json, site), object.json) ?? "metadata.name";
  return differing(rendered, file.path, `first difference at ${path}`);
}

function differing(rendered: Rendered, construct: string | undefined, what: string): BuildFault {
  const isLate = rendered.lateFacts.length > 0;
  return {
    code: "impure-build",
    message: `the second render from plain facts differs: ${what}`,
    ...(construct === undefined ? {} : { construct }),
    because: isLate
      ? "the build depends on the clock, randomness, the environment or state between calls, or a construct inspected the text of a late fact"
      : "the build depends on the clock, randomness, the environment or state between calls",
    next: isLate
      ? "let it depend on `site` and the props only, and pass that construct the fact directly, e.g. site.id"
      : "let it depend on `site` and the props only",
  };
}
