import { containersOf, formatFieldPath, isMap, listAt, mapAt, tryPodTemplate } from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, SiteCheck } from "./check.ts";

interface ExclusiveResource {
  /** Resources with equal keys cannot both exist at one site. */
  readonly key: string;
  readonly words: string;
  readonly field: string;
}

/**
 * Resources that a site has only once: node ports, host ports and ingress routes. Two objects must not use the same. Services of type
 * LoadBalancer are not checked: whether they use a node port depends on the distribution.
 */
export const checkExclusiveResources: SiteCheck = ({ units }, report) => {
  const owners = new Map<string, RenderedObject>();
  for (const object of units.flatMap((unit) => unit.objects)) {
    for (const resource of [...nodePortsOf(object), ...hostPortsOf(object), ...routesOf(object)]) {
      const first = owners.get(resource.key);
      if (first === undefined) owners.set(resource.key, object);
      else if (first !== object) reportTaken(object, first, resource, report);
    }
  }
};

function reportTaken(object: RenderedObject, first: RenderedObject, { words, field }: ExclusiveResource, report: ReportFinding): void {
  report({
    code: "door-taken",
    message: `${words} is already used by ${first.ref.kind} ${first.ref.namespace}/${first.ref.name}`,
    object,
    field,
    because: "each site has it only once",
    next: "choose another one",
  });
}

function nodePortsOf(object: RenderedObject): ExclusiveResource[] {
  if (object.ref.group !== "" || object.ref.kind !== "Service") return [];
  return listAt(mapAt(object.json, "spec"), "ports").flatMap((port, index) => {
    const { nodePort, protocol = "TCP" } = isMap(port) ? port : {};
    if (typeof nodePort !== "number") return [];
    return [
      {
        key: `node ${String(protocol)} ${nodePort}`,
        words: `node port ${nodePort}`,
        field: formatFieldPath(["spec", "ports", index, "nodePort"]),
      },
    ];
  });
}

/** A pod in the host network uses every port that it declares. Host IPs are ignored: few boxes have two, and 0.0.0.0 includes all. */
function hostPortsOf(object: RenderedObject): ExclusiveResource[] {
  const template = tryPodTemplate(object.json);
  if (template === undefined) return [];
  const inHost = template.spec["hostNetwork"] === true;
  return containersOf(template).flatMap(({ path, container }) =>
    listAt(container, "ports").flatMap((port, index) => {
      const { hostPort, containerPort, protocol = "TCP" } = isMap(port) ? port : {};
      const taken = hostPort ?? (inHost ? containerPort : undefined);
      if (typeof taken !== "number") return [];
      return [
        { key: `host ${String(protocol)} ${taken}`, words: `port ${taken} of the node`, field: formatFieldPath([...path, "ports", index]) },
      ];
    }),
  );
}

/** Routes are separate for each ingress class, because each has its own controller. */
function routesOf(object: RenderedObject): ExclusiveResource[] {
  if (object.ref.group !== "networking.k8s.io" || object.ref.kind !== "Ingress") return [];
  const spec = mapAt(object.json, "spec");
  const className = textOr(spec["ingressClassName"], "");
  return listAt(spec, "rules").flatMap((rule, at) => {
    if (!isMap(rule)) return [];
    const host = textOr(rule["host"], "*");
    return listAt(mapAt(rule, "http"), "paths").flatMap((entry, index) => {
      const path = textOr(isMap(entry) ? entry["path"] : undefined, "/");
      return [
        {
          key: `route ${className} ${host} ${path}`,
          words: `the route ${host}${path}`,
          field: formatFieldPath(["spec", "rules", at, "http", "paths", index]),
        },
      ];
    });
  });
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
