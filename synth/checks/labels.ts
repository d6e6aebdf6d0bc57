import { amount } from "../../core/index.ts";
import {
  ANNOTATIONS_BYTES_MAX,
  type FieldPath,
  formatFieldPath,
  isMap,
  type JsonMap,
  labelKeyRule,
  labelValueRule,
  tryPodTemplate,
} from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

/** Keys and values of labels, selectors and annotations, and the annotations' size together. */
export const checkLabels: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    checkMetadata(object, ["metadata"], object.json.metadata, report);
    const template = tryPodTemplate(object.json);
    if (template !== undefined && template.path.length > 0) {
      checkMetadata(object, [...template.path, "metadata"], { labels: template.labels, annotations: template.annotations }, report);
    }
    for (const path of SELECTORS) checkLabelMap(object, path, valueAt(object.json, path), report);
    if (template !== undefined) checkLabelMap(object, [...template.path, "spec", "nodeSelector"], template.spec["nodeSelector"], report);
  }
};

/** Where selectors stand in the kinds that have one; a Service's is flat and meets its pods in another check. */
const SELECTORS = [
  ["spec", "selector", "matchLabels"],
  ["spec", "podSelector", "matchLabels"],
];

function checkMetadata(object: RenderedObject, path: FieldPath, metadata: JsonMap, report: ReportFinding): void {
  checkLabelMap(object, [...path, "labels"], metadata["labels"], report);
  if (!isMap(metadata["annotations"])) return;
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata["annotations"])) {
    const field = [...path, "annotations", key];
    // The API server lowers annotation keys, and no others, before it judges them.
    if (!labelKeyRule.holds(key.toLowerCase())) reportKey(object, field, key, "annotation", report);
    bytes += Buffer.byteLength(key) + (typeof value === "string" ? Buffer.byteLength(value) : 0);
  }
  if (bytes <= ANNOTATIONS_BYTES_MAX) return;
  report({
    code: "too-large",
    message: `the annotations have ${bytes} bytes, at most ${ANNOTATIONS_BYTES_MAX} are allowed`,
    object,
    field: formatFieldPath([...path, "annotations"]),
    next: "put what is long into a ConfigMap",
  });
}

// The values themselves are not shown: nobody knows what stands in them.
function checkLabelMap(object: RenderedObject, path: FieldPath, labels: unknown, report: ReportFinding): void {
  if (!isMap(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    const field = [...path, key];
    if (!labelKeyRule.holds(key)) reportKey(object, field, key, "label", report);
    if (typeof value !== "string" || labelValueRule.holds(value)) continue;
    report({
      code: "bad-label",
      message: `the value of the label ${key} is none (it has ${amount(value.length, "character")})`,
      object,
      field: formatFieldPath(field),
      because: `it takes ${labelValueRule.words}`,
      next: "shorten it, or make it an annotation, which takes any text",
    });
  }
}

function reportKey(object: RenderedObject, field: FieldPath, key: string, what: string, report: ReportFinding): void {
  report({
    code: "bad-label",
    message: `${JSON.stringify(key)} is no key for ${what === "label" ? "a label" : "an annotation"}`,
    object,
    field: formatFieldPath(field),
    because: `it takes ${labelKeyRule.words}`,
    next: "choose a key that keeps to it",
  });
}

function valueAt(object: unknown, path: FieldPath): unknown {
  let at = object;
  for (const step of path) at = isMap(at) ? at[step] : undefined;
  return at;
}
