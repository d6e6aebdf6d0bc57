import { App } from "cdk8s";
import { unusedId, type LateSource, type Probe, probesIn, type Site, type Unit } from "../../constructs/index.ts";
import { groupOf, type KubernetesObject, tryScope } from "../../kube/index.ts";
import { callUser, messageOf } from "../track/call.ts";
import { chartObjects } from "./chart-objects.ts";
import type { FaultLog } from "../track/fault.ts";
import { LateResolver } from "../late/late-resolver.ts";
import { UnitChart } from "./unit-chart.ts";

/** An object as a unit made it: plain data, late facts as their source writes them. */
export interface BuiltObject {
  readonly json: KubernetesObject;
  /** Its construct's path in the unit's chart. */
  readonly path: string;
  /** Indexes of the objects that must be applied before it. */
  readonly after: ReadonlySet<number>;
}

/** All that one build made. */
export interface BuiltUnit {
  readonly objects: readonly BuiltObject[];
  /** Those of the props, then those that the build added. */
  readonly probes: readonly Probe[];
}

/** Builds a unit for one site in a small App of its own: cdk8s is quadratic in what one App holds. Faults go to the log. */
export function renderUnit(unit: Unit, site: object, source: LateSource, log: FaultLog): BuiltUnit {
  // An output folder that is given is one variable less that is read from the environment.
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
      // cdk8s puts its own error over every other, so what was noted below it is all there is to say.
      if (log.list.length === noted)
        log.add({ code: "build-failed", message: messageOf(error), construct: path, next: "see what this construct was given" });
    }
  }
  return { objects: built, probes: plainProbes([...(unit.props.probes ?? []), ...probesIn(chart)], log) };
}

// The agent reads them from the plan, which alike sites share: late facts have no place there.
function plainProbes(probes: readonly Probe[], log: FaultLog): readonly Probe[] {
  return callUser("a probe", log, () => JSON.parse(JSON.stringify(probes)) as readonly Probe[]) ?? [];
}

// A chart gives its namespace to every object that names none. Cluster-scoped kinds of Kubernetes have none; for custom kinds
// an empty namespace says so.
function withScope(json: KubernetesObject): KubernetesObject {
  const { namespace, ...metadata } = json.metadata;
  if (namespace === undefined) return json;
  return namespace === "" || tryScope(groupOf(json.apiVersion), json.kind) === "cluster" ? { ...json, metadata } : json;
}
