import { isMap, type JsonMap, mapAt, type PodTemplate, selects, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

const CONTROLLERS: ReadonlySet<string> = new Set(["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"]);

/** An object that creates pods and selects them. Not a Job, whose selector the API server generates. */
interface Controller {
  readonly object: RenderedObject;
  readonly selector: JsonMap;
  readonly template: PodTemplate;
}

/** A controller must select its own pods and no others: two controllers with the same pods would keep deleting them. */
export const checkSelectors: UnitCheck = ({ objects }, report) => {
  const controllers = objects.flatMap(tryController);
  for (const controller of controllers) {
    if (!selects(controller.selector, controller.template.labels)) reportMismatch(controller, report);
    // Each pair is checked in both directions, because either may select too much.
    for (const other of controllers) if (other !== controller) checkOverlap(controller, other, report);
  }
};

function tryController(object: RenderedObject): Controller[] {
  const template = object.ref.group === "apps" && CONTROLLERS.has(object.ref.kind) ? tryPodTemplate(object.json) : undefined;
  const selector = mapAt(object.json, "spec")["selector"];
  return template === undefined || !isMap(selector) ? [] : [{ object, selector, template }];
}

function reportMismatch({ object, selector, template }: Controller, report: ReportFinding): void {
  const wrong = Object.keys(mapAt(selector, "matchLabels")).filter((key) => mapAt(selector, "matchLabels")[key] !== template.labels[key]);
  report({
    code: "selector-mismatch",
    message: `the selector does not match the labels of its own pods${wrong.length === 0 ? "" : `: ${wrong.join(", ")}`}`,
    object,
    field: "spec.selector",
    because: "the API server rejects it",
    next: "write the same labels into spec.selector.matchLabels and spec.template.metadata.labels",
  });
}

function checkOverlap(a: Controller, b: Controller, report: ReportFinding): void {
  if (a.object.ref.namespace !== b.object.ref.namespace || !selects(a.selector, b.template.labels)) return;
  report({
    code: "selector-overlap",
    message: `the selector also matches the pods of ${b.object.ref.kind} ${b.object.ref.name}`,
    object: a.object,
    field: "spec.selector",
    because: "both controllers would count and delete each other's pods",
    next: "give each its own label value, e.g. of app.kubernetes.io/name",
  });
}
