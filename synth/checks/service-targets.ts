import { containersOf, formatFieldPath, isMap, listAt, mapAt, type PodTemplate, selectsExactly, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, SiteCheck } from "./check.ts";

interface Pods {
  readonly namespace: string;
  readonly template: PodTemplate;
}

/** Checks that Services select pods and that their target ports exist, because a Service without endpoints looks healthy. */
export const checkServiceTargets: SiteCheck = ({ units }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  const pods = objects.flatMap((object): Pods[] => {
    const template = tryPodTemplate(object.json);
    return template === undefined ? [] : [{ namespace: object.ref.namespace, template }];
  });
  for (const object of objects) {
    if (object.ref.group !== "" || object.ref.kind !== "Service") continue;
    const { selector } = mapAt(object.json, "spec");
    // Without a selector something else manages the endpoints.
    if (!isMap(selector) || Object.keys(selector).length === 0) continue;
    const found = pods.filter(({ namespace, template }) => namespace === object.ref.namespace && selectsExactly(selector, template.labels));
    if (found.length === 0) reportNoPods(object, report);
    else checkPorts(object, found, report);
  }
};

// A warning: an operator at the site may create the pods.
function reportNoPods(object: RenderedObject, report: ReportFinding): void {
  report({
    code: "service-without-pods",
    severity: "warning",
    message: "no pods of the site's tree have the labels that the Service selects",
    object,
    field: "spec.selector",
    next: "compare spec.selector with the pods' labels; WorkloadService sets both alike",
  });
}

function checkPorts(object: RenderedObject, pods: readonly Pods[], report: ReportFinding): void {
  const names = new Set(pods.flatMap(({ template }) => portNames(template)));
  for (const [index, port] of listAt(mapAt(object.json, "spec"), "ports").entries()) {
    const target = isMap(port) ? port["targetPort"] : undefined;
    // A port number need not be declared in the pod.
    if (typeof target !== "string" || names.has(target)) continue;
    report({
      code: "dangling-reference",
      message: `none of the Service's pods has a port ${JSON.stringify(target)}`,
      object,
      field: formatFieldPath(["spec", "ports", index, "targetPort"]),
      because: "the Service would have no endpoint for this port",
      next: `use one of their ports: ${[...names].join(", ") || "(none has a name)"}`,
    });
  }
}

function portNames(template: PodTemplate): string[] {
  return containersOf(template).flatMap(({ container }) =>
    listAt(container, "ports").flatMap((port) => (isMap(port) && typeof port["name"] === "string" ? [port["name"]] : [])),
  );
}
