import { groupOf, mapAt, type NameRule, nameRuleOf, namespaceNameRule } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

/** Checks names of objects and namespaces by the rules of their kinds. Late names are checked with the longest values of any site. */
export const checkNames: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object.json;
    checkName(object, "metadata.name", metadata.name, nameRuleOf(groupOf(apiVersion), kind), report);
    if (object.ref.namespace !== "") checkName(object, "metadata.namespace", object.ref.namespace, namespaceNameRule, report);
    if (kind === "CustomResourceDefinition") checkCrdName(object, report);
  }
};

function checkName(object: RenderedObject, field: string, name: string, rule: NameRule, report: ReportFinding): void {
  if (rule.holds(name)) return;
  report({
    code: "bad-name",
    message: `${JSON.stringify(name)} is not a valid name for a ${field === "metadata.namespace" ? "Namespace" : object.ref.kind}`,
    object,
    field,
    because: `the rule is: ${rule.words}`,
    next: name === name.toLowerCase() ? "choose a valid name" : `write ${JSON.stringify(name.toLowerCase())}, or another valid name`,
  });
}

// The API server requires this name, and kubectl and cdk8s import use it.
function checkCrdName(object: RenderedObject, report: ReportFinding): void {
  const spec = mapAt(object.json, "spec");
  const { plural } = mapAt(spec, "names");
  const { group } = spec;
  // Missing fields are reported by the field check.
  if (typeof plural !== "string" || typeof group !== "string" || object.ref.name === `${plural}.${group}`) return;
  const next = `name it ${plural}.${group}`;
  report({ code: "bad-name", message: "the name of a CRD must be <plural>.<group>", object, field: "metadata.name", next });
}
