import { isMap, POD_SECURITY_LABEL, tryPodTemplate, podSecurityFaults, formatFieldPath, tryScope } from "../../kube/index.ts";
import type { RenderedObject, RenderedUnit, ReportFinding, UnitCheck } from "./check.ts";

/**
 * What an app may touch: objects of its own namespace, and nothing of the node. Layers may own several namespaces and cluster-scoped kinds.
 * The one cluster-scoped object that an app may bring is its namespace, fenced at least as `baseline` is.
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
  // By name, not by unit: two apps may share a namespace, and either may bring it.
  const isOwnNamespace = group === "" && kind === "Namespace" && name === own;
  if (isOwnNamespace) return checkOwnNamespace(object, report);
  if (namespace === "") {
    report({
      code: "cluster-scoped-in-app",
      message: `${kind} is cluster-scoped`,
      object,
      field: "kind",
      because: "an app that writes outside of its namespace can change every other app of the site",
      next: "move the object into a layer of the profile",
    });
  } else if (namespace !== own) {
    report({
      code: "outside-namespace",
      message: `the object is in namespace ${namespace}, but the app's is ${own}`,
      object,
      field: "metadata.namespace",
      because: "an app may write to its own namespace alone",
      next: `leave the namespace out, give the app the prop namespace: "${namespace}", or move the object into a layer`,
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
    because: "an app must not open its own fence",
    next: "use NamespaceFence, or leave the namespace to a layer",
  });
}

/** What `baseline` forbids reaches out of the pod: folders, ports and processes of the node. */
function checkNode(object: RenderedObject, report: ReportFinding): void {
  const template = tryPodTemplate(object.json);
  if (template === undefined) return;
  for (const { field, rule, level } of podSecurityFaults(template)) {
    if (level !== "baseline") continue;
    report({
      code: "app-on-node",
      message: `the app reaches for the node: ${rule}`,
      object,
      field: formatFieldPath(field),
      because: "on a node, an app is outside of its fence",
      next: "do without, or make the unit a layer of the profile, which is reviewed as such",
    });
  }
}

function reportNoNamespace(object: RenderedObject, report: ReportFinding): void {
  report({
    code: "no-namespace",
    message: `the ${object.ref.kind} names no namespace`,
    object,
    field: "metadata.namespace",
    because: 'it would land in "default", which belongs to nobody',
    next: "set metadata.namespace, or give the layer the prop namespace",
  });
}
