import { nearestName } from "../../core/index.ts";
import type { SiteCheck } from "./check.ts";

/** Every cluster has these from its first start. */
const BUILT_IN = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Every namespace that something lies in is made by some unit of the site. */
export const checkNamespaces: SiteCheck = ({ units }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  const built = new Set([
    ...BUILT_IN,
    ...objects.filter(({ ref }) => ref.group === "" && ref.kind === "Namespace").map(({ ref }) => ref.name),
  ]);
  // Told once a namespace, not once an object.
  const missing = new Set<string>();
  for (const object of objects) {
    const { namespace } = object.ref;
    if (namespace === "" || built.has(namespace) || missing.has(namespace)) continue;
    missing.add(namespace);
    const near = nearestName(namespace, built);
    report({
      code: "no-such-namespace",
      message: `nothing makes the namespace ${namespace}`,
      object,
      field: "metadata.namespace",
      because: "an API server refuses objects of a namespace that is not there",
      next:
        near === undefined
          ? "make it in a layer, e.g. with NamespaceFence or the Namespaces layer"
          : `did you mean ${near}? Else make it in a layer`,
    });
  }
};
