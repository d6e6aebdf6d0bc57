import { isMap, type JsonMap, listAt, mapAt } from "./field-fault.ts";

/** Whether labels match a LabelSelector (`matchLabels` and `matchExpressions`). An empty selector matches all. */
export function selects(selector: JsonMap, labels: JsonMap): boolean {
  const rules = listAt(selector, "matchExpressions").filter(isMap);
  return selectsExactly(mapAt(selector, "matchLabels"), labels) && rules.every((rule) => holds(rule, labels));
}

/** Whether labels match a Service's selector: each label must be equal. */
export function selectsExactly(selector: JsonMap, labels: JsonMap): boolean {
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** `NotIn` and `DoesNotExist` also match when the label is absent, as in Kubernetes. */
function holds(rule: JsonMap, labels: JsonMap): boolean {
  const key = String(rule["key"]);
  const has = Object.hasOwn(labels, key);
  const listed = has && listAt(rule, "values").includes(labels[key]);
  switch (rule["operator"]) {
    case "In":
      return listed;
    case "NotIn":
      return !listed;
    case "Exists":
      return has;
    case "DoesNotExist":
      return !has;
    default:
      return false;
  }
}
