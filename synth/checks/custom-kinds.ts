import {
  checkSchema,
  type CustomKind,
  customKindsOf,
  groupOf,
  type JsonMap,
  tryFieldTable,
  tryRemoval,
  versionOf,
} from "../../kube/index.ts";
import type { RenderedObject, RenderedSite, ReportFinding, SiteCheck } from "./check.ts";

/** Custom resources against the CRDs of the same site and its clusters: the kind is there, in this version and scope, and the fields are its own. */
export const checkCustomKinds: SiteCheck = (site, report) => {
  // One entry a version: a CR written for v1 is held to v1's schema, even if v2 is the stored one.
  const kinds = new Map<string, CustomKind>();
  for (const crd of crdsOf(site)) {
    for (const kind of customKindsOf(crd)) kinds.set(`${kind.group}/${kind.version}/${kind.kind}`, kind);
  }
  for (const { kubernetes, objects } of site.units) {
    const table = tryFieldTable(kubernetes);
    for (const object of objects) {
      const { apiVersion, kind } = object.json;
      // What belongs to Kubernetes itself, and a minor that nothing is known of, are another check's.
      if (table === undefined || table.hasGroup(groupOf(apiVersion)) || tryRemoval(apiVersion, kind) !== undefined) continue;
      const custom = kinds.get(`${groupOf(apiVersion)}/${versionOf(apiVersion)}/${kind}`);
      if (custom === undefined) reportMissing(object, [...kinds.values()], report);
      else checkObject(object, custom, report);
    }
  }
};

/** What the clusters have anyway, then what the tree brings along, which wins. */
function crdsOf({ profile, units }: RenderedSite): readonly JsonMap[] {
  const own = units.flatMap((unit) => unit.objects).filter(({ ref }) => ref.kind === "CustomResourceDefinition");
  return [...profile.clusterKinds, ...own.map(({ json }) => json)];
}

function reportMissing(object: RenderedObject, kinds: readonly CustomKind[], report: ReportFinding): void {
  const { apiVersion, kind } = object.json;
  const others = kinds
    .filter((each) => each.group === groupOf(apiVersion) && each.kind === kind)
    .map((each) => `${each.group}/${each.version}`);
  report({
    code: "no-crd",
    message: `no CRD provides ${apiVersion} ${kind}`,
    object,
    field: "apiVersion",
    because: "the API server of a site learns custom kinds from CRDs alone",
    next:
      others.length > 0
        ? `the site's CRD has ${others.join(", ")}: write one of these`
        : "add the CRD to a layer of the profile, e.g. CustomKinds; if the clusters have it anyway, to the profile's clusterKinds",
  });
}

function checkObject(object: RenderedObject, custom: CustomKind, report: ReportFinding): void {
  const name = `${custom.group}/${custom.version} ${custom.kind}`;
  if (!custom.served) {
    report({
      code: "no-crd",
      message: `the CRD does not serve ${name} any more`,
      object,
      field: "apiVersion",
      next: "write a version with served: true",
    });
  }
  if ((custom.scope === "cluster") === (object.ref.namespace !== "")) {
    const isCluster = custom.scope === "cluster";
    report({
      code: "wrong-scope",
      message: isCluster
        ? `${name} is cluster-scoped, but the object has a namespace`
        : `${name} is namespaced, but the object has no namespace`,
      object,
      field: "metadata.namespace",
      next: isCluster ? 'write namespace: ""; synth then leaves it out' : "give the object, or its unit, a namespace",
    });
  }
  // Nothing to hold it to; API servers refuse such a CRD.
  if (custom.schema === undefined) return;
  for (const { code, field, message, next } of checkSchema(object.json, custom.schema)) {
    report({ code, message, object, field, because: `the site's CRD for ${custom.kind} says so`, next });
  }
}
