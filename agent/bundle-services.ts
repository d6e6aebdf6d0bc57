import { isIP } from "node:net";
import type { Read } from "../core/index.ts";
import type { PathAndBytes } from "../git/index.ts";
import {
  containersOf,
  isMap,
  type JsonMap,
  listAt,
  mapAt,
  type PodTemplate,
  readObjects,
  selectsExactly,
  tryPodTemplate,
} from "../kube/index.ts";
import { type PlanProbe, readPlan } from "../wire/index.ts";

/** A Service that the plan's probes use, and its URL on the box. */
export interface ProbedService {
  /** `namespace/name:port`, as in `services` of agent.json. */
  readonly service: string;
  /** The units whose probes use it. */
  readonly units: readonly string[];
  /** undefined: the agent cannot reach it. */
  readonly url: string | undefined;
  /** Where the URL comes from. */
  readonly from?: "given" | "node-port" | "host-port" | "host-network" | "cluster-ip";
}

export interface ServiceRequest {
  /** The files of the site's tree. */
  readonly files: readonly PathAndBytes[];
  /** Only in mode `k3s` do manifests become Kubernetes objects with the addresses they declare. */
  readonly mode: "plain" | "k3s";
  /** With one node every pod of the site runs on this box. */
  readonly hasOneNode: boolean;
  /** `namespace/name:port` -> URL, as the operator gave it; takes precedence over a derived one. */
  readonly given: ReadonlyMap<string, string>;
}

/**
 * The Services that the plan's probes use, each with its URL on the box where the manifests fix it: a node port, a host port, the host's
 * network, a cluster IP. Nothing is guessed, because a wrong URL would fail every release. The fault is a sentence about the tree.
 */
export function probedServices({ files, mode, hasOneNode, given }: ServiceRequest): Read<readonly ProbedService[]> {
  const plan = readPlan(files.find(({ path }) => path === "plan.json")?.bytes ?? Buffer.alloc(0));
  if ("fault" in plan) return { fault: `plan.json ${plan.fault}` };
  const unitsOf = new Map<string, { readonly target: ServicePort; readonly units: Set<string> }>();
  for (const [unit, { probes }] of Object.entries(plan.value.units)) {
    for (const probe of probes) {
      const target = "http" in probe ? probe.http : probe.tcp;
      const key = serviceKey(probe);
      const known = unitsOf.get(key);
      if (known) known.units.add(unit);
      else unitsOf.set(key, { target, units: new Set([unit]) });
    }
  }
  const objects = mode === "k3s" && unitsOf.size > 0 ? files.flatMap(objectsIn) : [];
  return {
    value: [...unitsOf].map(([service, { target, units }]) => {
      const url = given.get(service);
      const found = url === undefined ? tryAddress(target, objects, hasOneNode) : { url, from: "given" as const };
      return { service, units: [...units], url: undefined, ...found };
    }),
  };
}

interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

type Address = Required<Pick<ProbedService, "url" | "from">>;

function serviceKey(probe: PlanProbe): string {
  const { namespace, service, port } = "http" in probe ? probe.http : probe.tcp;
  return `${namespace}/${service}:${port}`;
}

function objectsIn({ path, bytes }: PathAndBytes): readonly JsonMap[] {
  if (!path.startsWith("manifests/")) return [];
  const read = readObjects(Buffer.from(bytes).toString("utf8"));
  return "fault" in read ? [] : read.value;
}

function tryAddress({ namespace, service, port }: ServicePort, objects: readonly JsonMap[], hasOneNode: boolean): Address | undefined {
  const found = objects.find(
    (object) =>
      object["apiVersion"] === "v1" &&
      object["kind"] === "Service" &&
      isNamed(object, namespace) &&
      mapAt(object, "metadata")["name"] === service,
  );
  if (found === undefined) return undefined;
  const spec = mapAt(found, "spec");
  const entry = listAt(spec, "ports").find((each): each is JsonMap => isMap(each) && each["port"] === port);
  if (entry === undefined) return undefined;
  const scheme = entry["appProtocol"] === "https" || entry["name"] === "https" || port === 443 ? "https" : "http";
  const { nodePort } = entry;
  if (typeof nodePort === "number") return { url: `${scheme}://127.0.0.1:${nodePort}`, from: "node-port" };
  const pods = objects.flatMap((object): Pods[] => {
    const template = tryPodTemplate(object);
    const isHere = object["kind"] === "DaemonSet" || hasOneNode;
    return template !== undefined && isHere && isNamed(object, namespace) && isSelected(spec, template) ? [{ template }] : [];
  });
  for (const { template } of pods) {
    const address = tryHostAddress(template, entry["targetPort"] ?? port, scheme);
    if (address !== undefined) return address;
  }
  const ip = spec["clusterIP"];
  if (typeof ip !== "string" || isIP(ip) === 0) return undefined;
  return { url: `${scheme}://${isIP(ip) === 6 ? `[${ip}]` : ip}:${port}`, from: "cluster-ip" };
}

interface Pods {
  readonly template: PodTemplate;
}

function isNamed(object: JsonMap, namespace: string): boolean {
  return (mapAt(object, "metadata")["namespace"] ?? "default") === namespace;
}

// A Service without a selector has endpoints that somebody else manages.
function isSelected(spec: JsonMap, { labels }: PodTemplate): boolean {
  const selector = mapAt(spec, "selector");
  return Object.keys(selector).length > 0 && selectsExactly(selector, labels);
}

function tryHostAddress(template: PodTemplate, target: unknown, scheme: string): Address | undefined {
  const ports = containersOf(template).flatMap(({ container }) => listAt(container, "ports").filter(isMap));
  const port = ports.find(({ name, containerPort }) => target === name || target === containerPort);
  if (template.spec["hostNetwork"] === true) {
    const number = port?.["containerPort"] ?? target;
    return typeof number === "number" ? { url: `${scheme}://127.0.0.1:${number}`, from: "host-network" } : undefined;
  }
  const hostPort = port?.["hostPort"];
  // A host port with a hostIP is not open on the loopback address.
  return typeof hostPort === "number" && (port?.["hostIP"] ?? "0.0.0.0") === "0.0.0.0"
    ? { url: `${scheme}://127.0.0.1:${hostPort}`, from: "host-port" }
    : undefined;
}
