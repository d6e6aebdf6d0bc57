import { Fleet, type Layer, type PlacedApp, type Site, type Unit } from "../constructs/index.ts";

/** The namespaces of the apps that run at a site, each once, in the order in which the fleet constructs the apps. */
export function appNamespaces(layer: Layer, site: Site<any>): readonly string[] {
  const here = Fleet.of(layer)
    .units.filter(isApp)
    .filter((app) => site.runs(app));
  return [...new Set(here.flatMap((app) => app.namespace ?? []))];
}

function isApp(unit: Unit): unit is Unit & PlacedApp {
  return unit.kind === "app";
}
