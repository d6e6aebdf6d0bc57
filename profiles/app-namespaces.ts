import { Fleet, type Layer, type Site } from "../constructs/index.ts";

/** The namespaces of the apps that run at a site, each once, in the order in which the fleet constructs the apps. */
export function appNamespaces(layer: Layer, site: Site<any>): readonly string[] {
  const apps = Fleet.of(layer).units.filter((unit) => unit.kind === "app");
  const here = apps.filter((app) => site.runs({ kind: "app", name: app.name }));
  return [...new Set(here.flatMap((app) => app.namespace ?? []))];
}
