import { checkFields, type FieldTable, groupOf, KUBERNETES_MINORS, tryFieldTable, tryRemoval } from "../../kube/index.ts";
import { nearestName } from "../../core/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

/** Kinds and fields of Kubernetes itself, against the site's minor. Custom kinds are checked against the CRDs of the site's tree. */
export const checkKindsAndFields: UnitCheck = ({ kubernetes, objects }, report) => {
  const table = tryFieldTable(kubernetes);
  if (table === undefined) return reportMinor(kubernetes, report);
  for (const object of objects) {
    const { apiVersion, kind } = object.json;
    const known = table.tryKind(apiVersion, kind);
    if (known === undefined) {
      // A group that Kubernetes never had is a custom kind's, which only the whole site can judge.
      if (table.hasGroup(groupOf(apiVersion)) || tryRemoval(apiVersion, kind) !== undefined) reportKind(object, table, report);
      continue;
    }
    if (/v\d+(alpha|beta)\d+$/.test(apiVersion)) reportUnstable(object, report);
    for (const { code, field, message, next } of checkFields(object.json, known.type, table))
      report({ code, message, object, field, next });
  }
};

/** One finding a unit, which synth tells once: without a table nothing can be said of any object. */
function reportMinor(kubernetes: string, report: ReportFinding): void {
  report({
    code: "unknown-kubernetes-minor",
    message: `nothing is known of Kubernetes ${kubernetes}`,
    because: "objects are checked field by field against the minor that the sites run",
    next: `set the profile's "kubernetes" to ${KUBERNETES_MINORS.join(" or ")}, or use a newer skerry`,
  });
}

function reportKind(object: RenderedObject, table: FieldTable, report: ReportFinding): void {
  const { apiVersion, kind } = object.json;
  const removal = tryRemoval(apiVersion, kind);
  if (removal !== undefined) {
    report({
      code: "removed-api-version",
      message: `Kubernetes ${table.kubernetes} has no ${apiVersion} ${kind}; ${removal.last} was the last that did`,
      object,
      field: "apiVersion",
      next:
        removal.instead === undefined
          ? "remove the object: nothing took its place"
          : `write apiVersion: ${removal.instead}, and see which of its fields changed`,
    });
    return;
  }
  // Version and kind together: a right kind in a wrong version is the commonest slip.
  const near = nearestName(`${apiVersion}/${kind}`, table.kinds);
  report({
    code: "unknown-kind",
    message: `Kubernetes ${table.kubernetes} has no ${apiVersion} ${kind}`,
    object,
    field: "kind",
    next:
      near === undefined ? "see how the kind is written, and in which API version" : `did you mean ${near.replace(/\/([^/]+)$/, " $1")}?`,
  });
}

function reportUnstable(object: RenderedObject, report: ReportFinding): void {
  report({
    code: "api-off-by-default",
    severity: "warning",
    message: `${object.json.apiVersion} is switched off in most clusters`,
    object,
    field: "apiVersion",
    because: "Kubernetes serves alpha and beta versions only when told to, and removes them without notice",
    next: "use a stable version, or see that every site's API server is told to serve this one",
  });
}
