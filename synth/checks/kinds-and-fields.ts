import { checkFields, type FieldTable, groupOf, KUBERNETES_MINORS, tryFieldTable, tryRemoval } from "../../kube/index.ts";
import { nearestName } from "../../core/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

/** Checks built-in kinds and their fields against the site's Kubernetes minor version. Custom kinds have another check. */
export const checkKindsAndFields: UnitCheck = ({ kubernetes, objects }, report) => {
  const table = tryFieldTable(kubernetes);
  if (table === undefined) return reportMinor(kubernetes, report);
  for (const object of objects) {
    const { apiVersion, kind } = object.json;
    const known = table.tryKind(apiVersion, kind);
    if (known === undefined) {
      // An unknown group belongs to a custom kind, which is checked for the whole site.
      if (table.hasGroup(groupOf(apiVersion)) || tryRemoval(apiVersion, kind) !== undefined) reportKind(object, table, report);
      continue;
    }
    if (/v\d+(alpha|beta)\d+$/.test(apiVersion)) reportUnstable(object, report);
    for (const { code, field, message, next } of checkFields(object.json, known.type, table))
      report({ code, message, object, field, next });
  }
};

/** One finding for each unit: without a table no object can be checked. */
function reportMinor(kubernetes: string, report: ReportFinding): void {
  report({
    code: "unknown-kubernetes-minor",
    message: `Kubernetes ${kubernetes} is not supported`,
    because: "objects are checked field by field against the Kubernetes version of the sites",
    next: `set the profile's "kubernetes" to ${KUBERNETES_MINORS.join(" or ")}, or upgrade skerry`,
  });
}

function reportKind(object: RenderedObject, table: FieldTable, report: ReportFinding): void {
  const { apiVersion, kind } = object.json;
  const removal = tryRemoval(apiVersion, kind);
  if (removal !== undefined) {
    report({
      code: "removed-api-version",
      message: `Kubernetes ${table.kubernetes} has no ${apiVersion} ${kind}; ${removal.last} was the last version with it`,
      object,
      field: "apiVersion",
      next:
        removal.instead === undefined
          ? "remove the object: it has no replacement"
          : `write apiVersion: ${removal.instead}, and check which fields changed`,
    });
    return;
  }
  // Compares version and kind together, because a wrong version is the most frequent mistake.
  const near = nearestName(`${apiVersion}/${kind}`, table.kinds);
  report({
    code: "unknown-kind",
    message: `Kubernetes ${table.kubernetes} has no ${apiVersion} ${kind}`,
    object,
    field: "kind",
    next: near === undefined ? "check the spelling of the kind and its API version" : `did you mean ${near.replace(/\/([^/]+)$/, " $1")}?`,
  });
}

function reportUnstable(object: RenderedObject, report: ReportFinding): void {
  report({
    code: "api-off-by-default",
    severity: "warning",
    message: `${object.json.apiVersion} is disabled in most clusters`,
    object,
    field: "apiVersion",
    because: "Kubernetes serves new alpha and beta versions only when they are enabled, and may remove them",
    next: "use a stable version, or enable this one in every site's API server (--runtime-config)",
  });
}
