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

/** Checks custom resources against the CRDs of the same site and its profile: kind, version, scope and fields. */
export const checkCustomKinds: SiteCheck = (site, report) => {
  // One entry for each version: an object of v1 is checked against v1's schema even when v2 is the storage version.
  const kinds = new Map<string, CustomKind>();
  for (const crd of crdsOf(site)) {
    for (const kind of customKindsOf(crd)) kinds.set(`${kind.group}/${kind.version}/${kind.kind}`, kind);
  }
  for (const { kubernetes, objects } of site.units) {
    const table = tryFieldTable(kubernetes);
    for (const object of objects) {
      const { apiVersion, kind } = object.json;
      // Built-in kinds and unknown minor versions are handled by another check.
      if (table === undefined || table.hasGroup(groupOf(apiVersion)) || tryRemoval(apiVersion, kind) !== undefined) continue;
      const custom = kinds.get(`${groupOf(apiVersion)}/${versionOf(apiVersion)}/${kind}`);
      if (custom === undefined) reportMissing(object, [...kinds.values()], report);
      else checkObject(object, custom, report);
    }
  }
};

/** The CRDs that the clusters already have, then those of the tree, which take precedence. */
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
    because: "a site's API server knows custom kinds only from CRDs",
    next:
      others.length > 0
        ? `the site's CRD has ${others.join(", ")}: use one of these versions`
        : "add the CRD to a layer of the profile, e.g. CustomKinds, or to the profile's clusterKinds if the clusters already have it",
  });
}

function checkObject(object: RenderedObject, custom: CustomKind, report: ReportFinding): void {
  const name = `${custom.group}/${custom.version} ${custom.kind}`;
  if (!custom.served) {
    report({
      code: "no-crd",
      message: `the CRD does not serve ${name}`,
      object,
      field: "apiVersion",
      next: "use a version with served: true",
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
      next: isCluster ? 'set namespace: ""; synth then leaves it out' : "set a namespace for the object or its unit",
    });
  }
  // Without a schema there is nothing to check. API servers reject such a CRD.
  if (custom.schema === undefined) return;
  for (const { code, field, message, next } of checkSchema(object.json, custom.schema)) {
    report({ code, message, object, field, because: `the site's CRD for ${custom.kind} requires it`, next });
  }
}
