import { nearestName } from "../../core/index.ts";
import type { SiteCheck } from "./check.ts";

/** Namespaces of every cluster. */
const BUILT_IN = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Every namespace in use must be created by a unit of the site. */
export const checkNamespaces: SiteCheck = ({ units }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  const built = new Set([
    ...BUILT_IN,
    ...objects.filter(({ ref }) => ref.group === "" && ref.kind === "Namespace").map(({ ref }) => ref.name),
  ]);
  // Reported once for each namespace, not for each object.
  const missing = new Set<string>();
  for (const object of objects) {
    const { namespace } = object.ref;
    if (namespace === "" || built.has(namespace) || missing.has(namespace)) continue;
    missing.add(namespace);
    const near = nearestName(namespace, built);
    report({
      code: "no-such-namespace",
      message: `no unit creates the namespace ${namespace}`,
      object,
      field: "metadata.namespace",
      because: "an API server rejects objects in a namespace that does not exist",
      next:
        near === undefined
          ? "create it in a layer, e.g. with NamespaceFence or the layer Namespaces"
          : `did you mean ${near}? Otherwise create it in a layer`,
    });
  }
};
