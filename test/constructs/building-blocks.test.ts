import type { Chart } from "cdk8s";
import { describe, expect, test } from "@jest/globals";
import {
  ConfigMap,
  DefaultDenyNetworkPolicy,
  Exposure,
  type Fleet,
  late,
  NamespaceFence,
  type NamespaceFenceProps,
  NetworkFence,
  Settings,
  type Site,
  type Text,
  Workload,
  type WorkloadProps,
  WorkloadService,
} from "../../constructs/index.ts";
import type { Problem } from "../../core/index.ts";
import { parse } from "yaml";
import { synth, type SynthResult } from "../../synth/index.ts";
import { fileOf, filesOf, type Labels, makeFleet, TestApp, threeSites } from "../synth/small-fleet.ts";

const IMAGE = `registry.example/boards:1@sha256:${"0f".repeat(32)}`;

type Build = (chart: Chart, site: Site<Labels>) => unknown;

/** A fleet with one app in its own namespace, with all checks. */
function build(run: Build, fence: NamespaceFenceProps = {}): SynthResult {
  return synth(
    makeFleet((fleet: Fleet<Labels>) => {
      new TestApp(fleet, "boards", {
        probes: [],
        run: (chart, site) => {
          new NamespaceFence(chart, "fence", { name: "boards", ...fence });
          run(chart, site);
        },
      });
    }),
  );
}

function workload(props: Partial<WorkloadProps> = {}): SynthResult {
  return build((chart) => new Workload(chart, "boards", { image: IMAGE, ...props }));
}

const codes = (result: SynthResult): string[] => result.problems.map(({ code }: Problem) => code);
const deployment = (result: SynthResult, site = "eddm") => parse(fileOf(result, site, "deployment.apps_boards_boards.yaml"));
const kinds = (result: SynthResult): string[] => {
  const tree = result.trees.find(({ site }) => site === "eddm") as SynthResult["trees"][0];
  return Object.keys(filesOf(tree)).map((path) => path.slice(path.lastIndexOf("/") + 1));
};

describe("a workload", () => {
  test("is unprivileged and has resources and tolerations by default", () => {
    const result = workload();
    expect(codes(result)).toEqual([]);
    expect(fileOf(result, "eddm", "deployment.apps_boards_boards.yaml")).toMatchInlineSnapshot(`
"apiVersion: apps/v1
kind: Deployment
metadata:
  name: boards
  namespace: boards
  labels:
    app.kubernetes.io/name: boards
spec:
  replicas: 1
  revisionHistoryLimit: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: boards
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
    type: RollingUpdate
  template:
    metadata:
      labels:
        app.kubernetes.io/name: boards
    spec:
      automountServiceAccountToken: false
      containers:
        - name: boards
          image: registry.example/boards:1@sha256:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f
          resources:
            limits:
              memory: 64Mi
            requests:
              cpu: 50m
              memory: 64Mi
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop:
                - ALL
            readOnlyRootFilesystem: true
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      tolerations:
        - effect: NoExecute
          key: node.kubernetes.io/not-ready
          operator: Exists
          tolerationSeconds: 60
        - effect: NoExecute
          key: node.kubernetes.io/unreachable
          operator: Exists
          tolerationSeconds: 60
"
`);
  });

  test("spreads replicas, has a disruption budget, and reads facts, ConfigMaps and secrets", () => {
    const result = build((chart, site) => {
      const settings = new ConfigMap(chart, "boards-settings", {
        data: { theme: "dark", "boards.conf": late`airport = ${site.late.id}\n` },
      });
      new Workload(chart, "boards", {
        image: IMAGE,
        replicas: 2,
        disruptionBudget: site.nodes.length > 1,
        args: ["--site", site.late.id],
        env: {
          AIRPORT: site.late.id,
          LANES: 4,
          THEME: { configMap: settings, key: "theme" },
          DB_PASSWORD: { secret: "database", key: "password", optional: true },
          NODE: { field: "spec.nodeName" },
        },
        volumes: {
          settings: { mountPath: "/etc/boards", configMap: settings },
          cache: { mountPath: "/cache", emptyDir: { sizeLimit: "64Mi" } },
        },
      });
    });
    expect(codes(result)).toEqual([]);
    const { spec } = deployment(result).spec.template;
    expect(spec.topologySpreadConstraints).toHaveLength(1);
    expect(spec.containers[0].args).toEqual(["--site", "eddm"]);
    expect(spec.containers[0].env).toEqual([
      { name: "AIRPORT", value: "eddm" },
      { name: "LANES", value: "4" },
      { name: "THEME", valueFrom: { configMapKeyRef: { name: "boards-settings", key: "theme" } } },
      { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password", optional: true } } },
      { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    ]);
    expect(spec.containers[0].volumeMounts).toEqual([
      { name: "settings", mountPath: "/etc/boards", readOnly: true },
      { name: "cache", mountPath: "/cache" },
    ]);
    expect(kinds(result)).toContain("poddisruptionbudget.policy_boards_boards.yaml");
  });

  test("with two replicas on a single node must have no disruption budget", () => {
    expect(codes(workload({ replicas: 2 }))).toEqual(["budget-blocks-drains"]);
    expect(codes(workload({ replicas: 2, disruptionBudget: false }))).toEqual([]);
  });

  test("never needs a second GPU, disk or host port during a rollout", () => {
    const strategy = (props: Partial<WorkloadProps>): unknown => deployment(workload(props)).spec.strategy;
    expect(strategy({})).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    expect(strategy({ gpus: 1 })).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    const disk = workload({ volumes: { model: { mountPath: "/model", persistent: { size: "20Gi", storageClassName: "local-path" } } } });
    expect(deployment(disk).spec.strategy).toEqual({ type: "Recreate" });
    expect(parse(fileOf(disk, "eddm", "persistentvolumeclaim_boards_boards-model.yaml")).spec).toEqual({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "20Gi" } },
      storageClassName: "local-path",
    });
    const gpu = deployment(workload({ gpus: 2 })).spec.template.spec;
    expect(gpu.containers[0].resources.limits["nvidia.com/gpu"]).toBe(2);
    expect(gpu.tolerations[0]).toEqual({ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" });
    const there = workload({ volumes: { model: { mountPath: "/model", persistent: { claimName: "shared" } } } });
    expect(codes(there)).toEqual(["missing-reference"]);
    expect(kinds(there).filter((name) => name.startsWith("persistent"))).toEqual([]);
  });

  test("with perNode runs on every node, including tainted ones", () => {
    const result = workload({
      perNode: true,
      replicas: 2,
      serviceAccountName: "default",
      terminationGracePeriodSeconds: 5,
      priorityClassName: "system-node-critical",
    });
    expect(codes(result)).toEqual([]);
    const { spec } = parse(fileOf(result, "eddm", "daemonset.apps_boards_boards.yaml"));
    expect([spec.replicas, spec.strategy, spec.updateStrategy.type]).toEqual([undefined, undefined, "RollingUpdate"]);
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: true,
      priorityClassName: "system-node-critical",
      terminationGracePeriodSeconds: 5,
      tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
    });
    expect(kinds(result).filter((name) => name.startsWith("poddisruption"))).toEqual([]);
  });

  test("relaxes a security rule only when its props say so", () => {
    const security = {
      allowRoot: true,
      runAsUser: 0,
      fsGroup: 7,
      writableRoot: true,
      capabilities: ["NET_BIND_SERVICE"],
      hostNetwork: true,
      hostPID: true,
    };
    const result = workload({ security, ports: { http: 80 } });
    expect(new Set(codes(result))).toEqual(new Set(["app-on-node", "pod-security"]));
    const closed = deployment(workload({ security: { capabilities: ["NET_BIND_SERVICE"], runAsUser: 7 } })).spec.template.spec;
    expect(closed.securityContext).toEqual({ runAsNonRoot: true, runAsUser: 7, seccompProfile: { type: "RuntimeDefault" } });
    expect(closed.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    });
  });

  test("states at the object why a value is not a secret", () => {
    expect(codes(workload({ env: { TOKEN_STYLE_SECRET: "blue" } }))).toEqual(["plain-text-secret"]);
    expect(
      codes(workload({ env: { TOKEN_STYLE_SECRET: "blue" }, notSecret: { "env/TOKEN_STYLE_SECRET": "the name\nof a colour" } })),
    ).toEqual([]);
    const data = { "boards.conf": "password = blue\n" };
    expect(codes(build((chart) => new ConfigMap(chart, "s", { data, notSecret: { "data/boards.conf": "a colour" } })))).toEqual([]);
  });
});

describe("a ConfigMap", () => {
  const annotations = (data: (site: Site<Labels>) => Record<string, Text>) => {
    const result = build((chart, site) => {
      const settings = new ConfigMap(chart, "boards-settings", { data: data(site) });
      new Workload(chart, "boards", { image: IMAGE, volumes: { settings: { mountPath: "/etc/boards", configMap: settings } } });
    });
    expect(codes(result)).toEqual([]);
    return threeSites().map(({ id }) => deployment(result, id).spec.template.metadata.annotations);
  };

  test("rolls out the pods when its text changes, but not for the site id", () => {
    const [a, b] = [annotations(() => ({ k: "1" })), annotations(() => ({ k: "2" }))];
    expect(a[0]["skerry/settings"]).toMatch(/^[0-9a-f]{16}$/);
    expect(a[0]).not.toEqual(b[0]);
    const id = annotations((site) => ({ k: late`a ${site.late.id}` }));
    expect(id[0]).toEqual(id[1]);
    expect(id[0]).not.toEqual(annotations((site) => ({ k: late`b ${site.late.id}` }))[0]);
    expect(Object.keys(id[0])).toEqual(["skerry/settings"]);
  });

  test("rolls out the pods when a late fact in it changes", () => {
    const name = annotations((site) => ({ a: late`x ${site.late.name}`, b: late`y ${site.late.name} ${site.late.timeZone}` }));
    expect(name.map((each) => each["skerry/settings-facts"])).toEqual([
      "München Europe/Berlin",
      "Frankfurt Europe/Berlin",
      "Kiel Europe/Berlin",
    ]);
    expect(name[0]["skerry/settings"]).toBe(name[1]["skerry/settings"]);
  });
});

test("a WorkloadService makes a Service, an Ingress and a probe", () => {
  const result = build((chart, site) => {
    const boards = new Workload(chart, "boards", { image: IMAGE, ports: { http: 8080 } });
    new WorkloadService(chart, "a", {
      workload: boards,
      probe: { path: "/healthz" },
      ingress: { host: late`boards.${site.late.id}.example`, tlsSecret: "cert" },
    });
    new WorkloadService(chart, "plain", { name: "plain", workload: boards, port: 8080 });
    new WorkloadService(chart, "unprobed", { name: "unprobed", workload: boards, port: 8080, probe: "none" });
  });
  expect(codes(result)).toEqual([]);
  expect(parse(fileOf(result, "eddf", "service_boards_boards.yaml")).spec).toEqual({
    selector: { "app.kubernetes.io/name": "boards" },
    ports: [{ name: "http", port: 80, targetPort: "http" }],
  });
  const { spec } = parse(fileOf(result, "eddf", "ingress.networking.k8s.io_boards_boards.yaml"));
  expect([spec.rules[0].host, spec.tls]).toEqual(["boards.eddf.example", [{ hosts: ["boards.eddf.example"], secretName: "cert" }]]);
  const plan = JSON.parse(fileOf(result, "eddf", "plan.json"));
  expect(plan.units.boards.probes).toEqual([
    { http: { namespace: "boards", path: "/healthz", port: 80, service: "boards" } },
    { tcp: { namespace: "boards", port: 8080, service: "plain" } },
  ]);
});

test("a NamespaceFence labels its namespace, denies traffic and allows what its props name", () => {
  const result = build(() => undefined, {
    podSecurity: "baseline",
    podSecurityVersion: "v1.36",
    quota: { pods: "4" },
    limits: { type: "Container", default: { memory: "64Mi" } },
    serviceAccount: "deployer",
    network: { within: false, ingressFrom: ["kube-system"], egressTo: ["10.0.0.0/8"] },
  });
  expect(codes(result)).toEqual([]);
  expect(kinds(result)).toEqual(
    expect.arrayContaining([
      "namespace_-_boards.yaml",
      "resourcequota_boards_quota.yaml",
      "limitrange_boards_limits.yaml",
      "serviceaccount_boards_deployer.yaml",
      "rolebinding.rbac.authorization.k8s.io_boards_deployer.yaml",
    ]),
  );
  expect(parse(fileOf(result, "eddm", "namespace_-_boards.yaml")).metadata.labels).toMatchObject({
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/warn-version": "v1.36",
  });
  expect(parse(fileOf(result, "eddm", "boards_default-deny.yaml")).spec).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  expect(parse(fileOf(result, "eddm", "boards_allow.yaml")).spec).toMatchObject({
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }] }],
    egress: [{ ports: [{ port: 53 }, { port: 53 }] }, { to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }],
  });
  // A rule with an empty list of peers would allow all traffic.
  const shut = parse(
    fileOf(
      build(() => undefined, { network: { within: false } }),
      "eddm",
      "boards_allow.yaml",
    ),
  ).spec;
  expect([shut.ingress, shut.egress.length]).toEqual([undefined, 1]);
  expect(kinds(build(() => undefined, { network: false }))).toEqual(["plan.json", "namespace_-_boards.yaml"]);
});

test("the names of version 0.1 still work and render the same files", () => {
  const data = { "boards.conf": "a = 1\n" };
  const mountPath = "/etc/boards";
  const now = build(
    (chart) => {
      const configMap = new ConfigMap(chart, "conf", { data });
      const env = { CONF: { configMap, key: "boards.conf" } };
      const workload = new Workload(chart, "boards", {
        image: IMAGE,
        ports: { http: 8080 },
        env,
        volumes: { conf: { mountPath, configMap } },
      });
      new WorkloadService(chart, "service", { workload });
      new DefaultDenyNetworkPolicy(chart, "policy", { namespace: "boards" });
    },
    { network: false },
  );
  const before = build(
    (chart) => {
      const settings = new Settings(chart, "conf", { data });
      const env = { CONF: { settings, key: "boards.conf" } };
      const workload = new Workload(chart, "boards", {
        image: IMAGE,
        ports: { http: 8080 },
        env,
        volumes: { conf: { mountPath, settings } },
      });
      new Exposure(chart, "service", { workload });
      new NetworkFence(chart, "policy", { namespace: "boards" });
    },
    { network: false },
  );
  expect(kinds(now)).toContain("configmap_boards_conf.yaml");
  expect(before.trees).toEqual(now.trees);
});
