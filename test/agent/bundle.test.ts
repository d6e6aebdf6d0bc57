import { describe, expect, test } from "@jest/globals";
import { bundleFiles, type ProbedService, probedServices, type ServiceRequest } from "../../agent/index.ts";
import { readAgentConfig, writePlan } from "../../wire/index.ts";

const unit = (...probes: readonly object[]) => ({
  kind: "app",
  serviceAccount: null,
  dataVersion: 1,
  deadlineSeconds: 300,
  quietSeconds: 30,
  probes,
});
const http = (service: string, port: number) => ({ http: { namespace: "shop", service, port, path: "/healthz" } });
const tcp = (service: string, port: number) => ({ tcp: { namespace: "shop", service, port } });

function service(name: string, spec: object): object {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "shop" }, spec };
}

function pods(kind: "Deployment" | "DaemonSet", name: string, port: object, more: object = {}): object {
  const template = { metadata: { labels: { app: name } }, spec: { ...more, containers: [{ name: "a", ports: [port] }] } };
  return { apiVersion: "apps/v1", kind, metadata: { name, namespace: "shop" }, spec: { template } };
}

const selected = (name: string, port: object) => service(name, { selector: { app: name }, ports: [port] });

/** What is known of the one Service that the plan asks, with these objects beside it. */
function known(probe: object, objects: readonly object[], more: Partial<ServiceRequest> = {}): ProbedService {
  const plan = {
    format: "skerry.plan/1",
    kubernetes: "1.36",
    agent: { min: "0.1.0", pollSeconds: 300, window: null },
    units: { till: unit(probe), other: unit() },
    steps: [{ stage: "40-apps", unit: "till", objects: ["/Service/shop/till"] }],
    consents: [],
  };
  const manifests = objects.map((object, index) => ({
    path: `manifests/40-apps/till/${index}.yaml`,
    bytes: Buffer.from(JSON.stringify(object)),
  }));
  const files = [{ path: "plan.json", bytes: Buffer.from(writePlan(plan as never)) }, ...manifests];
  const read = probedServices({ files, mode: "k3s", hasOneNode: true, given: new Map(), ...more });
  if ("fault" in read) throw new Error(read.fault);
  expect(read.value).toHaveLength(1);
  return read.value[0] as ProbedService;
}

describe("the address of a Service that a probe uses", () => {
  const fixed: readonly [sentence: string, probe: object, objects: readonly object[], url: string, from: string][] = [
    [
      "a node port",
      http("till", 80),
      [service("till", { type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] })],
      "http://127.0.0.1:30080",
      "node-port",
    ],
    [
      "a node port of HTTPS",
      http("till", 443),
      [service("till", { type: "NodePort", ports: [{ port: 443, nodePort: 30_443 }] })],
      "https://127.0.0.1:30443",
      "node-port",
    ],
    [
      "a host port, by name",
      tcp("till", 80),
      [selected("till", { port: 80, targetPort: "web" }), pods("Deployment", "till", { name: "web", containerPort: 8080, hostPort: 8081 })],
      "http://127.0.0.1:8081",
      "host-port",
    ],
    [
      "a host port, by number",
      tcp("till", 8080),
      [selected("till", { port: 8080 }), pods("Deployment", "till", { containerPort: 8080, hostPort: 8081 })],
      "http://127.0.0.1:8081",
      "host-port",
    ],
    [
      "the host's network",
      http("till", 80),
      [selected("till", { port: 80, targetPort: 9000 }), pods("DaemonSet", "till", { containerPort: 9000 }, { hostNetwork: true })],
      "http://127.0.0.1:9000",
      "host-network",
    ],
    [
      "a cluster IP",
      http("till", 80),
      [service("till", { clusterIP: "10.43.0.9", ports: [{ port: 80 }] })],
      "http://10.43.0.9:80",
      "cluster-ip",
    ],
    [
      "a cluster IP of IPv6",
      http("till", 80),
      [service("till", { clusterIP: "fd00::9", ports: [{ port: 80 }] })],
      "http://[fd00::9]:80",
      "cluster-ip",
    ],
  ];
  test.each(fixed)("is known in mode k3s from %s in the manifests", (...[, probe, objects, url, from]) => {
    expect(known(probe, objects)).toEqual({ service: expect.stringMatching(/^shop\/till:/), units: ["till"], url, from });
    // Whatever else puts a plain folder in place gives these fields a meaning of its own, or none.
    expect(known(probe, objects, { mode: "plain" }).url).toBeUndefined();
    const given = new Map([[known(probe, objects).service, "http://10.0.0.1:1"]]);
    expect(known(probe, objects, { given })).toMatchObject({ url: "http://10.0.0.1:1", from: "given" });
  });

  const open: readonly [sentence: string, objects: readonly object[], more?: Partial<ServiceRequest>][] = [
    ["no such Service", [service("other", { ports: [{ port: 80, nodePort: 30_080 }] })]],
    [
      "a Service of another namespace",
      [{ ...service("till", { ports: [{ port: 80, nodePort: 30_080 }] }), metadata: { name: "till", namespace: "x" } }],
    ],
    ["another port", [service("till", { ports: [{ port: 81, nodePort: 30_080 }] })]],
    ["a cluster IP that the cluster chooses", [service("till", { selector: { app: "till" }, ports: [{ port: 80 }] })]],
    ["a headless Service", [service("till", { clusterIP: "None", ports: [{ port: 80 }] })]],
    [
      "a host port of pods that may run at another node",
      [selected("till", { port: 80, targetPort: 8080 }), pods("Deployment", "till", { containerPort: 8080, hostPort: 8081 })],
      { hasOneNode: false },
    ],
    [
      "a host port of one address",
      [
        selected("till", { port: 80, targetPort: 8080 }),
        pods("Deployment", "till", { containerPort: 8080, hostPort: 8081, hostIP: "10.0.0.1" }),
      ],
    ],
    [
      "a host port of pods that the Service does not select",
      [selected("till", { port: 80, targetPort: 8080 }), pods("Deployment", "else", { containerPort: 8080, hostPort: 8081 })],
    ],
    [
      "a host port of pods, and a Service that selects none",
      [service("till", { ports: [{ port: 80, targetPort: 8080 }] }), pods("Deployment", "till", { containerPort: 8080, hostPort: 8081 })],
    ],
  ];
  test.each(open)("is not known with %s", (...[, objects, more]) => {
    expect(known(http("till", 80), objects, more)).toEqual({ service: "shop/till:80", units: ["till"], url: undefined });
  });
});

describe("a bundle", () => {
  const request = {
    fleet: "shops",
    site: "oslo",
    repository: "https://git.example/f",
    shards: 16 as const,
    trust: Buffer.from("{}"),
    seqFloor: 4,
  };
  const open: ProbedService = { service: "shop/till:80", units: ["till", "door"], url: undefined };
  const mapped: ProbedService = { service: "shop/oven:80", units: ["oven"], url: "http://127.0.0.1:30080", from: "node-port" };

  function made(services: readonly ProbedService[], more: object = {}) {
    const files = new Map(bundleFiles({ ...request, services, ...more }).map(({ path, content }) => [path, content.toString()]));
    const config = readAgentConfig(Buffer.from(files.get("agent.json") as string));
    if ("fault" in config) throw new Error(config.fault);
    return { config: config.value, readme: files.get("README.md") as string };
  }

  test("has the known addresses, and its README names the units without a health check", () => {
    const { config, readme } = made([open, mapped]);
    expect(config.services).toEqual({ "shop/oven:80": "http://127.0.0.1:30080" });
    expect(readme).toContain("- `shop/oven:80`: http://127.0.0.1:30080\n");
    expect(readme).toContain("- `shop/till:80` is not mapped, so the health of till, door is not checked\n");
    expect(readme).not.toContain("kubectl");
    expect(made([open], { targetMode: "k3s" }).readme).toContain("kubectl -n <namespace> get service");
    expect(made([open]).config.services).toBeUndefined();
    expect(made([]).readme).toContain("The site's plan has no probe,");
    expect(made([mapped]).readme).not.toContain("not mapped");
  });

  test("has the requested target at its default path", () => {
    expect(made([]).config.target).toEqual({ directory: { path: "/srv/skerry/current", mode: "plain" } });
    expect(made([], { targetMode: "k3s" }).config.target).toEqual({
      directory: { path: "/var/lib/rancher/k3s/server/manifests", mode: "k3s" },
    });
    expect(made([], { targetMode: "k3s", targetPath: "/m" }).config.target).toEqual({ directory: { path: "/m", mode: "k3s" } });
  });
});
