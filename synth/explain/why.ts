import type { Layer, Unit } from "../../constructs/index.ts";
import { formatObjectRef, type Place, type Stage } from "../../core/index.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { LateTable } from "../late/late-table.ts";
import { nearestObjects, objectSelector } from "./object-selector.ts";
import type { RenderedFile } from "../render/rendered.ts";
import type { SynthDetail } from "../synth-detail.ts";
import { type FactRead, factReads } from "./trace-text.ts";
import type { UnitRenders } from "../render/unit-renders.ts";

/** The origin of one object of one site. */
export interface ObjectOrigin {
  readonly site: string;
  /** As in plan.json. */
  readonly object: string;
  readonly unit: string;
  readonly kind: "layer" | "app";
  /** The profile of a layer; for an app the site's profile. */
  readonly profile: string;
  /** The path of the object's construct from the fleet. */
  readonly path: string;
  /** The place of the unit's construction. */
  readonly source: Place | undefined;
  readonly stage: Stage;
  /** Number of sites with the same bytes of this unit. */
  readonly sharedBy: number;
  /** The facts that `where` read. */
  readonly placedBy: readonly FactRead[];
  /** The facts that `build` read on its way to this render. */
  readonly builtBy: readonly FactRead[];
  /** The late facts in the object. */
  readonly late: readonly FactRead[];
}

/**
 * `object` is an id as in plan.json or the end of one, such as `Deployment/boards`; several objects may match. Without a match, `nearest` has
 * suggestions. undefined for an unknown site.
 */
export function why(
  { detail }: { readonly detail: SynthDetail },
  siteId: string,
  object: string,
): { readonly origins: readonly ObjectOrigin[] } | { readonly nearest: readonly string[] } | undefined {
  const site = detail.sites.find(({ facts }) => facts.id === siteId);
  if (site === undefined) return undefined;
  const found = filesAt(detail, site);
  const matches = objectSelector(object);
  const origins = found
    .filter(({ ref }) => matches(ref))
    .map(({ each, file, ref }) => originOf(detail, site, each, file, formatObjectRef(ref)));
  if (origins.length > 0) return { origins };
  return {
    nearest: nearestObjects(
      object,
      found.map(({ ref }) => ref),
    ),
  };
}

function filesAt({ renders, late }: SynthDetail, site: FleetSite) {
  return renders.flatMap((each) =>
    (each.at(site.index)?.files ?? []).map((file) => ({ each, file, ref: { ...file.ref, name: late.filled(file.ref.name, site) } })),
  );
}

function originOf({ placement, late }: SynthDetail, site: FleetSite, each: UnitRenders, file: RenderedFile, id: string): ObjectOrigin {
  const { unit } = each;
  const rule = placement.rules.find(({ owner }) => owner === unit)?.rule;
  return {
    site: site.facts.id,
    object: id,
    unit: unit.name,
    kind: unit.kind,
    profile: (isLayer(unit) ? unit.profile?.name : placement.profiles[site.index]?.name) ?? "",
    path: `${unit.node.path}/${file.path}`,
    source: unit.source,
    stage: file.stage,
    sharedBy: each.sites.filter((other) => each.at(other.index) === each.at(site.index)).length,
    placedBy: factReads(rule?.leafAt(site)?.trace ?? []),
    builtBy: factReads(each.leafAt(site).trace),
    late: lateReads(file, site, late),
  };
}

function isLayer(unit: Unit): unit is Layer {
  return unit.kind === "layer";
}

function lateReads(file: RenderedFile, site: FleetSite, late: LateTable): FactRead[] {
  return [...new Set(late.factsIn(file.text))].map((fact) => ({ fact: late.nameOf(fact), value: late.columnOf(fact).textOf(site) }));
}
