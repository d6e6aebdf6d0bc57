import { App } from "cdk8s";
import { unusedId, type LateSource, type Probe, probesIn, type Site, type Unit } from "../../constructs/index.ts";
import { groupOf, type KubernetesObject, tryScope } from "../../kube/index.ts";
import { callUser, messageOf } from "../track/call.ts";
import { chartObjects } from "./chart-objects.ts";
import type { FaultLog } from "../track/fault.ts";
import { LateResolver } from "../late/late-resolver.ts";
import { UnitChart } from "./unit-chart.ts";

/** An object of a unit as plain data, with late facts as text or markers. */
export interface BuiltObject {
  readonly json: KubernetesObject;
  /** The path of its construct in the unit's chart. */
  readonly path: string;
  /** Indexes of the objects to apply before it. */
  readonly after: ReadonlySet<number>;
}

/** The result of one build. */
export interface BuiltUnit {
  readonly objects: readonly BuiltObject[];
  /** Those of the props, then those that the build added. */
  readonly probes: readonly Probe[];
}

/** Builds a unit for one site in its own App, because cdk8s is quadratic in the size of an App. Faults go to the log. */
export function renderUnit(unit: Unit, site: object, source: LateSource, log: FaultLog): BuiltUnit {
  // With an explicit output folder, cdk8s does not read one from the environment.
  const resolver = new LateResolver(source, log);
  const app = new App({ outdir: "unused", recordConstructMetadata: false, resolvers: [resolver] });
  const chart = new UnitChart(app, unusedId(app, unit.name), {
    disableResourceNameHashes: true,
    ...(unit.namespace === undefined ? {} : { namespace: unit.namespace }),
  });
  callUser("build", log, () => unit.build(chart, site as Site<any>));
  if (log.list.length > 0) return { objects: [], probes: [] };
  const built: BuiltObject[] = [];
  for (const { object, path, after } of chartObjects(app, chart, log)) {
    const noted = log.list.length;
    try {
      const json = withScope(resolver.toJson(object) as KubernetesObject);
      built.push({ json, path, after });
    } catch (error) {
      // cdk8s wraps every error in its own, so a fault that was logged meanwhile is the cause.
      if (log.list.length === noted)
        log.add({ code: "build-failed", message: messageOf(error), construct: path, next: "check the props of this construct" });
    }
  }
  return { objects: built, probes: plainProbes([...(unit.props.probes ?? []), ...probesIn(chart)], log) };
}

// Probes are part of the plan, which sites share, so they cannot hold late facts.
function plainProbes(probes: readonly Probe[], log: FaultLog): readonly Probe[] {
  return callUser("a probe", log, () => JSON.parse(JSON.stringify(probes)) as readonly Probe[]) ?? [];
}

// A chart sets its namespace on every object without one. It is removed from cluster-scoped built-in kinds, and from objects with an empty
// namespace, which marks cluster-scoped custom kinds.
function withScope(json: KubernetesObject): KubernetesObject {
  const { namespace, ...metadata } = json.metadata;
  if (namespace === undefined) return json;
  return namespace === "" || tryScope(groupOf(json.apiVersion), json.kind) === "cluster" ? { ...json, metadata } : json;
}
