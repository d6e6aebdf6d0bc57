import type { IConstruct } from "constructs";
import { Fleet, type PlacedApp, type Unit } from "../constructs/index.ts";

/** The namespaces of the apps that run at a site, without duplicates, in order of construction. */
export function appNamespaces(layer: IConstruct, site: { runs(app: PlacedApp): boolean }): readonly string[] {
  const here = Fleet.of(layer)
    .units.filter(isApp)
    .filter((app) => site.runs(app));
  return [...new Set(here.flatMap((app) => app.namespace ?? []))];
}

function isApp(unit: Unit): unit is Unit & PlacedApp {
  return unit.kind === "app";
}
