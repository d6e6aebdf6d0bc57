import { isMap, mapAt, selects, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedObject, Report, UnitCheck } from "../check.ts";

/** A budget that no pod can ever leave blocks the drain of its node, and with it each update of the operating system, for ever. */
export const checkDisruptionBudgets: UnitCheck = ({ objects }, report) => {
  for (const budget of objects.filter(({ ref }) => ref.group === "policy" && ref.kind === "PodDisruptionBudget")) {
    const spec = mapAt(budget.json, "spec");
    for (const { object, replicas } of guarded(budget, objects)) {
      const unavailable =
        spec["maxUnavailable"] !== undefined
          ? share(spec["maxUnavailable"], replicas)
          : replicas - share(spec["minAvailable"] ?? 1, replicas);
      if (unavailable <= 0) reportBlock(budget, object, replicas, report);
    }
  }
};

/** Workloads whose pods the budget guards. One with no replicas has no pod to hold a drain up. */
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

function reportBlock(budget: RenderedObject, workload: RenderedObject, replicas: number, report: Report): void {
  report({
    code: "budget-blocks-drains",
    message: `no pod of ${workload.ref.kind} ${workload.ref.name} may ever leave its node (${replicas} ${replicas === 1 ? "replica" : "replicas"})`,
    object: budget,
    field: "spec",
    because: "a node that cannot be drained cannot be updated",
    next: replicas === 1 ? "leave the budget out where there is one replica" : "write maxUnavailable: 1",
  });
}
