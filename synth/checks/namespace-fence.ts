import { isMap, POD_SECURITY_LABEL, tryPodTemplate, podSecurityFaults, formatFieldPath, tryScope } from "../../kube/index.ts";
import type { RenderedObject, RenderedUnit, ReportFinding, UnitCheck } from "./check.ts";

/**
 * An app may only create objects in its own namespace and must not use the node. Layers may use several namespaces and cluster-scoped kinds.
 * The only cluster-scoped object that an app may create is its namespace, with a Pod Security level of at least `baseline`.
 */
export const checkNamespaceFence: UnitCheck = (unit, report) => {
  for (const object of unit.objects) {
    if (unit.unit.kind === "app") checkApp(unit, object, report);
    else if (object.ref.namespace === "" && tryScope(object.ref.group, object.ref.kind) === "namespaced") reportNoNamespace(object, report);
  }
};

function checkApp(unit: RenderedUnit, object: RenderedObject, report: ReportFinding): void {
  const { group, kind, namespace, name } = object.ref;
  const own = unit.unit.namespace;
  // By name, not by unit: two apps may share a namespace, and either may create it.
  const isOwnNamespace = group === "" && kind === "Namespace" && name === own;
  if (isOwnNamespace) return checkOwnNamespace(object, report);
  if (namespace === "") {
    report({
      code: "cluster-scoped-in-app",
      message: `an app must not create a ${kind}, which is cluster-scoped`,
      object,
      field: "kind",
      because: "an app that writes outside its namespace can affect every other app of the site",
      next: "move the object into a layer of the profile",
    });
  } else if (namespace !== own) {
    report({
      code: "outside-namespace",
      message: `the object is in namespace ${namespace}, but the app's is ${own}`,
      object,
      field: "metadata.namespace",
      because: "an app may only write to its own namespace",
      next: `leave the namespace out, set the app's prop namespace: "${namespace}", or move the object into a layer`,
    });
  }
  checkNode(object, report);
}

function checkOwnNamespace(object: RenderedObject, report: ReportFinding): void {
  const { labels } = object.json.metadata;
  const level = isMap(labels) ? labels[POD_SECURITY_LABEL] : undefined;
  if (level === "baseline" || level === "restricted") return;
  report({
    code: "open-namespace",
    message: `the app's own namespace does not enforce a Pod Security standard of at least "baseline"`,
    object,
    field: `metadata.labels["${POD_SECURITY_LABEL}"]`,
    because: "an app must not weaken the rules of its own namespace",
    next: "use NamespaceFence, or let a layer create the namespace",
  });
}

/** Reports what the level `baseline` forbids: host paths, host ports and host namespaces. */
function checkNode(object: RenderedObject, report: ReportFinding): void {
  const template = tryPodTemplate(object.json);
  if (template === undefined) return;
  for (const { field, rule, level } of podSecurityFaults(template)) {
    if (level !== "baseline") continue;
    report({
      code: "app-on-node",
      message: `the app uses the node: ${rule}`,
      object,
      field: formatFieldPath(field),
      because: "on the node, an app is outside its namespace's rules",
      next: "remove it, or make the unit a layer of the profile, which is reviewed as one",
    });
  }
}

function reportNoNamespace(object: RenderedObject, report: ReportFinding): void {
  report({
    code: "no-namespace",
    message: `the ${object.ref.kind} has no namespace`,
    object,
    field: "metadata.namespace",
    because: 'it would be created in "default", which belongs to no unit',
    next: "set metadata.namespace, or the layer's prop namespace",
  });
}
