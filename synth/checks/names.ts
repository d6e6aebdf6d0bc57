import { groupOf, mapAt, type NameRule, nameRuleOf, namespaceNameRule } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

/** Names of objects and namespaces, by the rule of their kind. Late names are seen with the longest values of any site. */
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
    message: `${JSON.stringify(name)} is no name for a ${field === "metadata.namespace" ? "Namespace" : object.ref.kind}`,
    object,
    field,
    because: `it takes ${rule.words}`,
    next:
      name === name.toLowerCase()
        ? "choose a name that keeps to it"
        : `write ${JSON.stringify(name.toLowerCase())}, or another name that keeps to it`,
  });
}

// The API server's rule; kubectl and cdk8s import go by the name, too.
function checkCrdName(object: RenderedObject, report: ReportFinding): void {
  const spec = mapAt(object.json, "spec");
  const { plural } = mapAt(spec, "names");
  const { group } = spec;
  // What is missing is told field by field.
  if (typeof plural !== "string" || typeof group !== "string" || object.ref.name === `${plural}.${group}`) return;
  const next = `name it ${plural}.${group}`;
  report({ code: "bad-name", message: "a CRD is named after its plural and group", object, field: "metadata.name", next });
}
