import { isMap, type JsonMap, listAt, mapAt } from "./field-fault.ts";
import type { Scope } from "./field-table.ts";

/** One version of a custom kind, as its CRD declares it. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
  readonly scope: Scope;
  readonly served: boolean;
  /** openAPIV3Schema; undefined when the CRD has none, which API servers reject. */
  readonly schema: JsonMap | undefined;
}

/** The versions that an `apiextensions.k8s.io/v1` CustomResourceDefinition declares; none when it is malformed, which the field check reports. */
export function customKindsOf(crd: JsonMap): readonly CustomKind[] {
  const spec = mapAt(crd, "spec");
  const { group, scope } = spec;
  const { kind } = mapAt(spec, "names");
  if (typeof group !== "string" || typeof kind !== "string") return [];
  return listAt(spec, "versions")
    .filter(isMap)
    .flatMap((version) => {
      if (typeof version["name"] !== "string") return [];
      const schema = mapAt(version, "schema")["openAPIV3Schema"];
      return {
        group,
        kind,
        version: version["name"],
        scope: scope === "Cluster" ? ("cluster" as const) : ("namespaced" as const),
        served: version["served"] === true,
        schema: isMap(schema) ? schema : undefined,
      };
    });
}
