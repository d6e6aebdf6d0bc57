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

/** Checks keys and values of labels, selectors and annotations, and the total size of annotations. */
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

/** Paths of selectors. A Service's selector is flat and has another check. */
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
    // The API server converts annotation keys, but not label keys, to lower case before it checks them.
    if (!labelKeyRule.holds(key.toLowerCase())) reportKey(object, field, key, "annotation", report);
    bytes += Buffer.byteLength(key) + (typeof value === "string" ? Buffer.byteLength(value) : 0);
  }
  if (bytes <= ANNOTATIONS_BYTES_MAX) return;
  report({
    code: "too-large",
    message: `the annotations have ${bytes} bytes; at most ${ANNOTATIONS_BYTES_MAX} are allowed`,
    object,
    field: formatFieldPath([...path, "annotations"]),
    next: "move long values into a ConfigMap",
  });
}

// Values are not shown, because they may be secrets.
function checkLabelMap(object: RenderedObject, path: FieldPath, labels: unknown, report: ReportFinding): void {
  if (!isMap(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    const field = [...path, key];
    if (!labelKeyRule.holds(key)) reportKey(object, field, key, "label", report);
    if (typeof value !== "string" || labelValueRule.holds(value)) continue;
    report({
      code: "bad-label",
      message: `the value of the label ${key} is not valid (it has ${amount(value.length, "character")})`,
      object,
      field: formatFieldPath(field),
      because: `the rule is: ${labelValueRule.words}`,
      next: "shorten it, or use an annotation, which accepts any text",
    });
  }
}

function reportKey(object: RenderedObject, field: FieldPath, key: string, what: string, report: ReportFinding): void {
  report({
    code: "bad-label",
    message: `${JSON.stringify(key)} is not a valid key for ${what === "label" ? "a label" : "an annotation"}`,
    object,
    field: formatFieldPath(field),
    because: `the rule is: ${labelKeyRule.words}`,
    next: "choose a valid key",
  });
}

function valueAt(object: unknown, path: FieldPath): unknown {
  let at = object;
  for (const step of path) at = isMap(at) ? at[step] : undefined;
  return at;
}
