import { isMap, mapAt, selects, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, SiteCheck } from "./check.ts";

/**
 * A disruption budget that no drain can satisfy blocks every update of the node. That is a budget that allows no eviction, and at a site
 * with one node any budget that does not allow the eviction of all pods, because evicted pods have no other node.
 */
export const checkDisruptionBudgets: SiteCheck = ({ units, nodesMin }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  for (const budget of objects.filter(({ ref }) => ref.group === "policy" && ref.kind === "PodDisruptionBudget")) {
    const spec = mapAt(budget.json, "spec");
    for (const { object, replicas } of guarded(budget, objects)) {
      const unavailable =
        spec["maxUnavailable"] !== undefined
          ? share(spec["maxUnavailable"], replicas)
          : replicas - share(spec["minAvailable"] ?? 1, replicas);
      if (unavailable < (nodesMin === 1 ? replicas : 1)) reportBlock(budget, object, replicas, nodesMin, report);
    }
  }
};

/** Workloads whose pods the budget selects, without those that have no replicas. */
function guarded(
  budget: RenderedObject,
  objects: readonly RenderedObject[],
): { readonly object: RenderedObject; readonly replicas: number }[] {
  const { selector } = mapAt(budget.json, "spec");
  return objects.flatMap((object) => {
    if (!["Deployment", "StatefulSet", "ReplicaSet"].includes(object.ref.kind) || object.ref.namespace !== budget.ref.namespace) return [];
    const template = tryPodTemplate(object.json);
    const replicas = mapAt(object.json, "spec")["replicas"] ?? 1;
    if (template === undefined || !isMap(selector) || !selects(selector, template.labels)) return [];
    return typeof replicas === "number" && replicas > 0 ? [{ object, replicas }] : [];
  });
}

/** Kubernetes rounds percentages up, for both bounds. */
function share(bound: unknown, replicas: number): number {
  if (typeof bound === "number") return bound;
  const percent = /^([0-9]{1,3})%$/.exec(String(bound))?.[1];
  return percent === undefined ? 0 : Math.ceil((Number(percent) * replicas) / 100);
}

function reportBlock(budget: RenderedObject, workload: RenderedObject, replicas: number, nodes: number, report: ReportFinding): void {
  const pods = `the ${replicas === 1 ? "pod" : `${replicas} pods`} of ${workload.ref.kind} ${workload.ref.name}`;
  report({
    code: "budget-blocks-drains",
    message:
      nodes === 1
        ? `the budget does not allow the eviction of ${pods} from a site's only node`
        : `the budget never allows the eviction of ${pods}`,
    object: budget,
    field: "spec",
    because: "a node that cannot be drained cannot be updated",
    next: replicas === 1 || nodes === 1 ? "remove the budget at sites with one replica or one node" : "write maxUnavailable: 1",
  });
}
