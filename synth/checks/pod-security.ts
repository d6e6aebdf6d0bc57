import { formatFieldPath, isMap, POD_SECURITY_LABEL, podSecurityFaults, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedSite, SiteCheck } from "./check.ts";

/**
 * Checks pods against the Pod Security standard that their namespace enforces in the same tree. An API server accepts a Deployment that
 * violates it and then rejects its pods, so the fault would only show as a release that never becomes healthy.
 */
export const checkPodSecurity: SiteCheck = (site, report) => {
  const levels = enforcedLevels(site);
  for (const object of site.units.flatMap((unit) => unit.objects)) {
    const level = levels.get(object.ref.namespace);
    const template = tryPodTemplate(object.json);
    if (template === undefined || (level !== "baseline" && level !== "restricted")) continue;
    for (const fault of podSecurityFaults(template)) {
      if (level === "baseline" && fault.level === "restricted") continue;
      report({
        code: "pod-security",
        message: `namespace ${object.ref.namespace} enforces "${level}": ${fault.rule}`,
        object,
        field: formatFieldPath(fault.field),
        because: "the API server accepts the object and then rejects its pods",
        next: `remove it, or lower the namespace's ${POD_SECURITY_LABEL}`,
      });
    }
  }
};

function enforcedLevels(site: RenderedSite): ReadonlyMap<string, unknown> {
  const namespaces = site.units.flatMap((unit) => unit.objects).filter(({ ref }) => ref.group === "" && ref.kind === "Namespace");
  return new Map(
    namespaces.map(({ ref, json }) => [ref.name, isMap(json.metadata["labels"]) ? json.metadata["labels"][POD_SECURITY_LABEL] : undefined]),
  );
}
