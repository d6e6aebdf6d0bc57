import { nearestName } from "../../core/index.ts";
import { containersOf, type FieldPath, formatFieldPath, isMap, type JsonMap, listAt, mapAt, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, SiteCheck } from "./check.ts";

/** A reference to an object in the same namespace. */
interface Reference {
  readonly kind: "ConfigMap" | "PersistentVolumeClaim" | "ServiceAccount" | "Service";
  readonly name: string;
  /** The key of a ConfigMap that must exist. */
  readonly key?: string | undefined;
  readonly field: FieldPath;
}

/** Objects that exist in every namespace. */
const BUILT_IN: ReadonlySet<string> = new Set(["ServiceAccount/default", "ConfigMap/kube-root-ca.crt"]);

/**
 * Checks that pods and routes refer to existing ConfigMaps, keys, claims, service accounts and Services. A pod never starts while its ConfigMap
 * is missing. Secrets are not checked, because most are not part of the tree.
 */
export const checkReferences: SiteCheck = ({ units }, report) => {
  const objects = units.flatMap((unit) => unit.objects);
  const byId = new Map(
    objects.filter(({ ref }) => ref.group === "").map((object) => [idOf(object.ref.namespace, object.ref.kind, object.ref.name), object]),
  );
  for (const object of objects) {
    for (const reference of [...podReferences(object), ...routeReferences(object)]) {
      if (BUILT_IN.has(`${reference.kind}/${reference.name}`)) continue;
      const target = byId.get(idOf(object.ref.namespace, reference.kind, reference.name));
      if (target === undefined) reportMissing(object, reference, objects, report);
      else if (reference.key !== undefined) checkKey(object, reference.key, target, reference.field, report);
    }
  }
};

function idOf(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind}/${name}`;
}

// A warning: an operator at the site may create it.
function reportMissing(
  object: RenderedObject,
  { kind, name, field }: Reference,
  objects: readonly RenderedObject[],
  report: ReportFinding,
): void {
  const there = objects.filter(({ ref }) => ref.kind === kind && ref.namespace === object.ref.namespace).map(({ ref }) => ref.name);
  const near = nearestName(name, there);
  report({
    code: "missing-reference",
    severity: "warning",
    message: `the site's tree has no ${kind} ${JSON.stringify(name)} in namespace ${object.ref.namespace}`,
    object,
    field: formatFieldPath(field),
    because: kind === "Service" ? "the route does not work until it exists" : "the pods do not start until it exists",
    next:
      near === undefined ? "create it in the same namespace, unless something at the site does" : `did you mean ${JSON.stringify(near)}?`,
  });
}

function checkKey(object: RenderedObject, key: string, target: RenderedObject, field: FieldPath, report: ReportFinding): void {
  const keys = ["data", "binaryData"].flatMap((name) => Object.keys(mapAt(target.json, name)));
  if (keys.includes(key)) return;
  const near = nearestName(key, keys);
  report({
    code: "dangling-reference",
    message: `ConfigMap ${target.ref.name} has no key ${JSON.stringify(key)}`,
    object,
    field: formatFieldPath(field),
    because: "the pods never start without it",
    next: near === undefined ? `use one of its keys: ${keys.join(", ") || "none"}` : `did you mean ${JSON.stringify(near)}?`,
  });
}

/** References of pods, except optional ones. */
function podReferences(object: RenderedObject): Reference[] {
  const template = tryPodTemplate(object.json);
  if (template === undefined) return [];
  const spec = [...template.path, "spec"];
  const account = template.spec["serviceAccountName"];
  const found: Reference[] =
    typeof account === "string" ? [{ kind: "ServiceAccount", name: account, field: [...spec, "serviceAccountName"] }] : [];
  for (const [index, volume] of listAt(template.spec, "volumes").entries()) {
    if (!isMap(volume)) continue;
    const claim = mapAt(volume, "persistentVolumeClaim")["claimName"];
    const at = [...spec, "volumes", index];
    if (typeof claim === "string")
      found.push({ kind: "PersistentVolumeClaim", name: claim, field: [...at, "persistentVolumeClaim", "claimName"] });
    found.push(...configMapOf(mapAt(volume, "configMap"), [...at, "configMap"]));
  }
  for (const { path, container } of containersOf(template)) {
    for (const [index, from] of listAt(container, "envFrom").entries()) {
      if (isMap(from)) found.push(...configMapOf(mapAt(from, "configMapRef"), [...path, "envFrom", index, "configMapRef"]));
    }
    for (const [index, variable] of listAt(container, "env").entries()) {
      const from = isMap(variable) ? mapAt(mapAt(variable, "valueFrom"), "configMapKeyRef") : {};
      found.push(...configMapOf(from, [...path, "env", index, "valueFrom", "configMapKeyRef"]));
    }
  }
  return found;
}

function configMapOf(source: JsonMap, path: FieldPath): Reference[] {
  const { name, key, optional } = source;
  if (typeof name !== "string" || optional === true) return [];
  return [{ kind: "ConfigMap", name, field: [...path, key === undefined ? "name" : "key"], ...(typeof key === "string" ? { key } : {}) }];
}

function routeReferences(object: RenderedObject): Reference[] {
  if (object.ref.group !== "networking.k8s.io" || object.ref.kind !== "Ingress") return [];
  return listAt(mapAt(object.json, "spec"), "rules").flatMap((rule, at) =>
    listAt(mapAt(isMap(rule) ? rule : {}, "http"), "paths").flatMap((entry, index): Reference[] => {
      const { name } = mapAt(mapAt(isMap(entry) ? entry : {}, "backend"), "service");
      return typeof name === "string"
        ? [{ kind: "Service", name, field: ["spec", "rules", at, "http", "paths", index, "backend", "service", "name"] }]
        : [];
    }),
  );
}
