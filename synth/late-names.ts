import { formatObjectRef, tryParseObjectRef } from "../core/index.ts";
import type { Causes } from "./causes.ts";
import type { Combination } from "./combinations.ts";
import type { FleetSite } from "./fleet-site.ts";
import type { LateTable } from "./late-table.ts";
import type { RenderedFile } from "./rendered.ts";
import { unitPlace } from "./unit-place.ts";

/** Names with late facts differ from site to site, so each site's are looked at: valid, and no other object's name there. */
export function checkLateNames(combinations: readonly Combination[], late: LateTable, causes: Causes): void {
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
        const place = unitPlace(unit, `${file.ref.kind} ${file.path}`);
        if (tryParseObjectRef(id) === undefined) addNoName(place, site, causes);
        else if (taken.has(id) || own.has(id)) addTaken(place, site, causes);
        own.add(id);
      }
    }
  }
}

function isLate(file: RenderedFile, late: LateTable): boolean {
  return late.factsIn(file.ref.name).length > 0;
}

function addNoName(place: ReturnType<typeof unitPlace>, site: FleetSite, causes: Causes): void {
  const finding = {
    code: "bad-late-name",
    message: "the late facts in the object's name make no valid name",
    at: [place],
    next: "use facts that hold lower-case letters, digits, hyphens and dots alone, such as the id",
    cause: JSON.stringify(place),
  };
  causes.addAt(finding, 1, site.facts.id);
}

function addTaken(place: ReturnType<typeof unitPlace>, site: FleetSite, causes: Causes): void {
  const finding = {
    code: "late-name-clash",
    message: "the late facts in the object's name make it another object's name, or one that a consent removes",
    at: [place],
    next: "put a word of its own into the name",
    cause: JSON.stringify(place),
  };
  causes.addAt(finding, 1, site.facts.id);
}
