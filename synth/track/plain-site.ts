import { lateFact, type LateSource, type PlacedApp } from "../../constructs/index.ts";
import type { FaultLog } from "./fault.ts";
import { lateBoolean, lateInspected } from "./refusals.ts";
import type { FleetSite } from "./fleet-site.ts";

/**
 * A site for a direct render: its frozen facts without views, and late facts that give their values. Tracked renders are compared with the
 * result of a direct render.
 */
export function plainSite(site: FleetSite, log: FaultLog): { readonly site: object; readonly source: LateSource } {
  const source: LateSource = {
    textOf: (path) => textAt(site.facts, path),
    refuse: (action) => log.fail(lateInspected(action)),
  };
  let late: unknown;
  const derived = {
    late: { get: () => (late ??= lateCopy(site.facts, source, log, [])) },
    capacity: { get: () => site.capacity },
    runs: { value: (app: PlacedApp) => site.runs(app) },
    nearest: { value: (app: PlacedApp) => site.nearest(app) },
  };
  // Derived facts are inherited and not enumerable, as in the view, so that copies, loops and JSON hold facts only.
  return { site: Object.freeze(Object.assign(Object.create(Object.create(Object.prototype, derived)) as object, site.facts)), source };
}

/** Created key by key on demand, because a build reads few late facts. */
function lateCopy(value: unknown, source: LateSource, log: FaultLog, path: readonly string[]): unknown {
  if (typeof value === "string" || typeof value === "number") return lateFact(source, path);
  if (typeof value === "boolean") return log.fail(lateBoolean(path));
  if (typeof value !== "object" || value === null) return value;
  const copy: object = Array.isArray(value) ? [] : {};
  for (const [key, inner] of Object.entries(value)) {
    let built: unknown;
    const get = (): unknown => (built ??= lateCopy(inner, source, log, [...path, key]));
    Object.defineProperty(copy, key, { get, enumerable: true });
  }
  return copy;
}

function textAt(facts: object, path: readonly string[]): string {
  return String(path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], facts));
}
