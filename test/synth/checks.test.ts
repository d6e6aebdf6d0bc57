import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Probe, Profile } from "../../constructs/index.ts";
import type { JsonMap } from "../../kube/index.ts";
import {
  app,
  base,
  configMap,
  container,
  deployment,
  DIGEST,
  findings,
  findingsAt,
  findingsIn,
  found,
  type Json,
  labels,
  lineOf,
  metadata,
  namespace,
  pods,
  unit,
} from "./rendered-unit.ts";

test("a valid app and its layer pass every check", () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata("boards"),
    spec: { selector: labels, ports: [{ port: 80, targetPort: "http" }] },
  };
  const budget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata("boards"),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
  expect(app(deployment(pods(), { replicas: 2 }), service, budget, configMap({ "a.conf": "x = 1\n" }))).toEqual([]);
});

describe("kinds and fields", () => {
  test("unknown kinds and fields are reported with the nearest valid name", () => {
    expect(app({ ...deployment(), kind: "Deploymnet" })).toEqual(["unknown-kind kind: Kubernetes 1.36 has no apps/v1 Deploymnet"]);
    expect(findings(unit("app", { ...deployment(), kind: "Deploymnet" }), base)[0]?.next).toBe("did you mean apps/v1 Deployment?");
    expect(app(deployment(pods(), { replica: 2 }))).toEqual([
      'unknown-field spec.replica: unknown field "replica"; did you mean "replicas"?',
    ]);
    expect(app({ apiVersion: "v1", kind: "List", metadata: metadata("a"), items: [] })).toEqual([
      "unknown-kind kind: Kubernetes 1.36 has no v1 List",
    ]);
  });

  test("removed and unstable API versions are reported with a replacement or warning", () => {
    const budget = { apiVersion: "policy/v1beta1", kind: "PodDisruptionBudget", metadata: metadata("boards"), spec: {} };
    expect(app(budget)[0]).toBe(
      "removed-api-version apiVersion: Kubernetes 1.36 has no policy/v1beta1 PodDisruptionBudget; 1.24 was the last version with it",
    );
    const old = { apiVersion: "extensions/v1beta1", kind: "Ingress", metadata: metadata("a"), spec: {} };
    expect(app(old)).toEqual([
      "removed-api-version apiVersion: Kubernetes 1.36 has no extensions/v1beta1 Ingress; 1.21 was the last version with it",
    ]);
    const claim = { apiVersion: "resource.k8s.io/v1beta2", kind: "ResourceClaim", metadata: metadata("a"), spec: {} };
    expect(findings(unit("app", claim), base)).toMatchObject([{ code: "api-off-by-default", severity: "warning" }]);
  });

  test("a minor version without a field table is refused once", () => {
    expect(found({ ...unit("app", deployment()), kubernetes: "1.29" }, base)).toEqual([
      "unknown-kubernetes-minor -: Kubernetes 1.29 is not supported",
    ]);
  });

  test("fields of a live object are refused", () => {
    expect(app(configMap({}, { resourceVersion: "7", uid: "x" }))).toEqual([
      "server-field metadata.resourceVersion: metadata.resourceVersion is set by the API server of one cluster",
      "server-field metadata.uid: metadata.uid is set by the API server of one cluster",
    ]);
  });
});

describe("custom kinds", () => {
  const schema = {
    type: "object",
    properties: { spec: { type: "object", required: ["rows"], properties: { rows: { type: "integer" } } } },
  };
  const crd = (scope: string, served = true): Json => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "panels.skerry.example" },
    spec: {
      group: "skerry.example",
      scope,
      names: { kind: "Panel", plural: "panels" },
      versions: [{ name: "v1", served, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const panel = (spec: Json, apiVersion = "skerry.example/v1"): Json => ({ apiVersion, kind: "Panel", metadata: metadata("a"), spec });

  test("need a CRD at the same site that serves their version", () => {
    expect(app(panel({ rows: 1 }))).toEqual(["no-crd apiVersion: no CRD provides skerry.example/v1 Panel"]);
    expect(found(unit("layer", crd("Namespaced")), unit("app", panel({ rows: 1 })), base)).toEqual([]);
    expect(findings(unit("layer", crd("Namespaced")), unit("app", panel({ rows: 1 }, "skerry.example/v2")), base)[0]?.next).toBe(
      "the site's CRD has skerry.example/v1: use one of these versions",
    );
    expect(found(unit("layer", crd("Namespaced", false)), unit("app", panel({ rows: 1 })), base)).toEqual([
      "no-crd apiVersion: the CRD does not serve skerry.example/v1 Panel",
    ]);
  });

  test("may come from the profile's clusterKinds, which are used for checks and not applied", () => {
    const k3s = { clusterKinds: [crd("Namespaced")] } as unknown as Profile;
    expect(findingsIn({ profile: k3s, units: [unit("app", panel({ rows: 1 })), base], nodesMin: 1 })).toEqual([]);
    expect(findingsIn({ profile: k3s, units: [unit("app", panel({})), base], nodesMin: 1 }).map(lineOf)).toEqual([
      'missing-field spec.rows: "rows" must be set',
    ]);
  });

  test("must match the CRD's schema, scope and name", () => {
    expect(found(unit("layer", crd("Namespaced")), unit("app", panel({ row: 1 })), base)).toEqual([
      'unknown-field spec.row: unknown field "row"; did you mean "rows"?',
      'missing-field spec.rows: "rows" must be set',
    ]);
    expect(found(unit("layer", crd("Cluster")), unit("app", panel({ rows: 1 })), base)[0]).toMatch(/^wrong-scope metadata.namespace/);
    expect(found(unit("layer", { ...crd("Namespaced"), metadata: { name: "panel" } }), base)).toEqual([
      "bad-name metadata.name: the name of a CRD must be <plural>.<group>",
    ]);
  });
});

describe("identity and names", () => {
  test("two owners of one object are both reported", () => {
    const twice = found(unit("app", configMap({}), configMap({})), base);
    expect(twice).toEqual(["identity-clash metadata.name: /ConfigMap/boards/settings is created twice, by construct0 and by construct1"]);
    expect(found(unit("app", configMap({})), unit("layer", configMap({})), base)).toEqual([
      "identity-clash metadata.name: /ConfigMap/boards/settings is created by construct0 and by construct0",
    ]);
    // The version is not part of an identity.
    const v1 = {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: metadata("a"),
      spec: { maxReplicas: 1, scaleTargetRef: { kind: "Deployment", name: "a" } },
    };
    expect(found(unit("app", v1, { ...v1, apiVersion: "autoscaling/v2" }), base)).toHaveLength(1);
  });

  test("names, labels and keys must follow their rules", () => {
    expect(
      app(configMap({ "a b": "" }, { name: "Settings", labels: { "-a": "x", b: "hunter2 hunter2" }, annotations: { "a/b/c": "" } })),
    ).toEqual([
      'bad-name metadata.name: "Settings" is not a valid name for a ConfigMap',
      'bad-label metadata.labels["-a"]: "-a" is not a valid key for a label',
      "bad-label metadata.labels.b: the value of the label b is not valid (it has 15 characters)",
      'bad-label metadata.annotations["a/b/c"]: "a/b/c" is not a valid key for an annotation',
      'bad-name data["a b"]: "a b" is not a valid key in a ConfigMap',
    ]);
    const cron = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: metadata("a".repeat(53)),
      spec: { schedule: "0 * * * *", jobTemplate: { spec: { template: { spec: pods({ restartPolicy: "Never" }) } } } },
    };
    expect(app(cron)).toEqual([`bad-name metadata.name: "${"a".repeat(53)}" is not a valid name for a CronJob`]);
    expect(app(deployment(pods({ nodeSelector: { "a b": "c" } })))).toEqual([
      'bad-label spec.template.spec.nodeSelector["a b"]: "a b" is not a valid key for a label',
    ]);
  });

  test("parts of a pod must have valid names, and references to them must exist", () => {
    const broken = container({
      name: "Boards",
      ports: [{ name: "http-of-the-boards", containerPort: 1 }],
      volumeMounts: [{ name: "cahce", mountPath: "/c" }],
      readinessProbe: { httpGet: { port: "htpp" } },
    });
    expect(app(deployment(pods({ volumes: [{ name: "cache", emptyDir: {} }] }, broken)))).toEqual([
      'bad-name spec.template.spec.containers[0].name: "Boards" is not a valid name',
      'dangling-reference spec.template.spec.containers[0].volumeMounts[0].name: there is no volume "cahce"',
      'bad-name spec.template.spec.containers[0].ports[0].name: "http-of-the-boards" is not a valid name',
      'dangling-reference spec.template.spec.containers[0].readinessProbe.httpGet.port: there is no port "htpp"',
    ]);
    expect(app(deployment(pods({}, container(), container({ ports: [] }))))).toEqual([
      'bad-name spec.template.spec.containers: two containers are named "boards"',
    ]);
  });

  test("sizes must be within the limits of API server, etcd and agent", () => {
    expect(app(configMap({ a: "x".repeat(1_000_001) }))[0]).toMatch(/^too-large -: the object has 10000\d\d bytes; at most 1000000/);
    expect(app(configMap({ a: "x".repeat(1_048_576) }))).toHaveLength(2);
    expect(app(configMap({}, { annotations: { a: "x".repeat(262_144) } }))[0]).toMatch(/^too-large metadata.annotations/);
    const many = { ...unit("layer"), objects: Array.from({ length: 12_001 }, () => base.objects[0] as (typeof base.objects)[0]) };
    expect(findings(many).filter(({ code }) => code === "tree-too-large")).toHaveLength(1);
    const heavy = { ...unit("layer"), objects: [{ ...(base.objects[0] as (typeof base.objects)[0]), bytes: 32_000_001 }] };
    expect(found(heavy).some((line) => line.includes("the site's manifests have 32000001 bytes"))).toBe(true);
  });
});

describe("the namespace rules", () => {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "all" } };

  test("keep an app in its namespace and away from the node", () => {
    expect(app(role)).toEqual(["cluster-scoped-in-app kind: an app must not create a ClusterRole, which is cluster-scoped"]);
    expect(app({ ...configMap({}), metadata: { name: "a", namespace: "kube-system" } })).toEqual([
      "outside-namespace metadata.namespace: the object is in namespace kube-system, but the app's is boards",
    ]);
    const open = { hostNetwork: true, hostPID: true, volumes: [{ name: "root", hostPath: { path: "/" } }] };
    const codes = app(deployment(pods(open, container({ securityContext: { privileged: true } })))).map((line) =>
      line.split(" ").slice(0, 2).join(" "),
    );
    expect(codes).toEqual(
      expect.arrayContaining([
        "app-on-node spec.template.spec.hostNetwork:",
        "app-on-node spec.template.spec.hostPID:",
        "app-on-node spec.template.spec.volumes[0].hostPath:",
        "app-on-node spec.template.spec.containers[0].securityContext.privileged:",
      ]),
    );
  });

  test("let an app create its own namespace only with a Pod Security level", () => {
    expect(found(unit("app", namespace))).toEqual([]);
    expect(found(unit("app", { ...namespace, metadata: { name: "boards" } }))).toHaveLength(1);
    expect(found(unit("app", { ...namespace, metadata: { name: "other" } }))).toEqual([
      "cluster-scoped-in-app kind: an app must not create a Namespace, which is cluster-scoped",
    ]);
  });

  test("let a layer use cluster-scoped kinds and several namespaces, which must exist", () => {
    const other = { ...namespace, metadata: { name: "other" } };
    expect(
      found(unit("layer", role, namespace, other, configMap({}), { ...configMap({}), metadata: { name: "a", namespace: "other" } })),
    ).toEqual([]);
    expect(found(unit("layer", configMap({})))).toEqual(["no-such-namespace metadata.namespace: no unit creates the namespace boards"]);
    expect(found(unit("layer", { ...configMap({}), metadata: { name: "a" } }))).toEqual([
      "no-namespace metadata.namespace: the ConfigMap has no namespace",
    ]);
    expect(found(unit("layer", { ...configMap({}), metadata: { name: "a", namespace: "kube-system" } }))).toEqual([]);
  });

  test("report pods that Pod Security would reject after the release was accepted", () => {
    const lax = container({ securityContext: { capabilities: { drop: ["ALL"], add: ["CHOWN"] }, runAsUser: 0 } });
    expect(app(deployment(pods({ securityContext: {} }, lax)))).toEqual(
      ['capabilities.add: namespace boards enforces "restricted": must not add CHOWN']
        .concat(
          ["allowPrivilegeEscalation", "runAsNonRoot", "runAsUser", "seccompProfile.type"].map(
            (field) => `${field}: namespace boards enforces "restricted": must`,
          ),
        )
        .map((text) => expect.stringContaining(`pod-security spec.template.spec.containers[0].securityContext.${text}`)),
    );
    const baseline = unit("layer", {
      ...namespace,
      metadata: { name: "boards", labels: { "pod-security.kubernetes.io/enforce": "baseline" } },
    });
    expect(found(unit("app", deployment(pods({ securityContext: {} }, lax))), baseline)).toEqual([]);
  });
});

describe("images", () => {
  test.each([
    ["boards", "has no digest"],
    ["registry.example:5000/boards", "has no digest"],
    ["boards:latest", "has a tag, but no digest"],
    ["boards@sha256:123", "has a digest that is not sha256 with 64 hex digits"],
    [`boards@${DIGEST} `, "has a digest that is not sha256 with 64 hex digits"],
  ])("%j is refused", (image, fault) => {
    expect(app(deployment(pods({}, container({ image }))))).toEqual([
      `image-without-digest spec.template.spec.containers[0].image: the image ${JSON.stringify(image)} ${fault}`,
    ]);
  });

  test("are found wherever a kind keeps containers", () => {
    const bad = container({ name: "b", image: "b" });
    const image = (json: Json): number => app(json).filter((line) => line.startsWith("image-without-digest")).length;
    expect(
      image(deployment(pods({ initContainers: [bad], ephemeralContainers: [bad], volumes: [{ name: "v", image: { reference: "x" } }] }))),
    ).toBe(3);
    const template = { metadata: { labels }, spec: pods({ restartPolicy: "Never" }, bad) };
    expect(image({ apiVersion: "batch/v1", kind: "Job", metadata: metadata("a"), spec: { template } })).toBe(1);
    expect(
      image({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: metadata("a"),
        spec: { schedule: "@daily", jobTemplate: { spec: { template } } },
      }),
    ).toBe(1);
    expect(
      image({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: metadata("a"), spec: { selector: { matchLabels: labels }, template } }),
    ).toBe(1);
    expect(
      image({
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: metadata("a"),
        spec: { selector: { matchLabels: labels }, serviceName: "a", template },
      }),
    ).toBe(1);
    expect(image({ apiVersion: "v1", kind: "Pod", metadata: metadata("a"), spec: pods({}, bad) })).toBe(1);
    expect(app(deployment(pods({}, { ...container(), image: undefined })))).toEqual([
      "no-image spec.template.spec.containers[0].image: a container has no image",
    ]);
  });
});

describe("objects that belong together", () => {
  test("selectors must match their own pods and no others", () => {
    expect(app(deployment(pods(), { selector: { matchLabels: { app: "other" } } }))).toEqual([
      "selector-mismatch spec.selector: the selector does not match the labels of its own pods: app",
    ]);
    const other = { ...deployment(), metadata: metadata("other") };
    expect(app(deployment(), other)).toEqual([
      "selector-overlap spec.selector: the selector also matches the pods of Deployment other",
      "selector-overlap spec.selector: the selector also matches the pods of Deployment boards",
    ]);
  });

  test.each([
    [{ minAvailable: 1 }, 1, true],
    [{ maxUnavailable: 1 }, 1, false],
    [{ minAvailable: 2 }, 2, true],
    [{ minAvailable: "51%" }, 2, true],
    [{ maxUnavailable: 0 }, 3, true],
    [{ maxUnavailable: "0%" }, 3, true],
    [{}, 2, false],
    [{ minAvailable: 1 }, 2, false],
    [{ minAvailable: "50%" }, 2, false],
    [{ maxUnavailable: "1%" }, 2, false],
    [{ minAvailable: 1 }, 0, false],
  ])("a budget of %j over %i replicas blocks drains: %s", (bounds, replicas, blocks) => {
    const budget = {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: metadata("b"),
      spec: { ...bounds, selector: { matchLabels: labels } },
    };
    expect(app(deployment(pods(), { replicas }), budget).some((line) => line.startsWith("budget-blocks-drains spec:"))).toBe(blocks);
  });

  test("a budget that does not allow the eviction of all pods blocks the drain of a single node", () => {
    const budget = (bounds: Json): Json => ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: metadata("b"),
      spec: { ...bounds, selector: { matchLabels: labels } },
    });
    const alone = (...objects: Json[]): string[] => findingsAt(1, unit("app", ...objects), base).map(lineOf);
    expect(alone(deployment(pods(), { replicas: 2 }), budget({ maxUnavailable: 1 }))).toEqual([
      "budget-blocks-drains spec: the budget does not allow the eviction of the 2 pods of Deployment boards from a site's only node",
    ]);
    expect(alone(deployment(pods(), { replicas: 2 }), budget({ maxUnavailable: 2 }))).toEqual([]);
    expect(alone(deployment(pods()), budget({ maxUnavailable: 1 }))).toEqual([]);
  });

  test("probes must use existing Services and ports", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("boards"),
      spec: { selector: labels, ports: [{ port: 80, targetPort: "http" }] },
    };
    const probed = (probe: object): string[] => found({ ...unit("app", deployment(), service), probes: [probe as Probe] }, base);
    expect(probed({ http: { service: "boards", port: 80, path: "/" } })).toEqual([]);
    expect(probed({ tcp: { namespace: "boards", service: "boards", port: 80 } })).toEqual([]);
    expect(probed({ tcp: { service: "board", port: 80 } })).toEqual([
      "dangling-probe -: a probe of app uses the Service boards/board, which no unit creates",
    ]);
    expect(probed({ tcp: { service: "boards", port: 81 } })).toEqual([
      "dangling-probe spec.ports: a probe uses port 81, which the Service does not have",
    ]);
  });

  test("Services must select pods and use existing ports", () => {
    const service = (selector: Json, targetPort: unknown): Json => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("s"),
      spec: { selector, ports: [{ port: 80, targetPort }] },
    });
    expect(app(deployment(), service({ app: "bords" }, "http"))).toEqual([
      "service-without-pods spec.selector: no pods of the site's tree have the labels that the Service selects",
    ]);
    expect(app(deployment(), service(labels, "htpp"))).toEqual([
      'dangling-reference spec.ports[0].targetPort: none of the Service\'s pods has a port "htpp"',
    ]);
    expect(app(deployment(), service(labels, 9999))).toEqual([]);
  });

  test("references of pods and routes must be in the tree", () => {
    const from = (key: string, name = "settings"): Json =>
      deployment(pods({}, container({ env: [{ name: "A", valueFrom: { configMapKeyRef: { name, key } } }] })));
    expect(app(from("a"), configMap({ a: "1" }))).toEqual([]);
    expect(app(from("b"), configMap({ a: "1" }))).toEqual([
      'dangling-reference spec.template.spec.containers[0].env[0].valueFrom.configMapKeyRef.key: ConfigMap settings has no key "b"',
    ]);
    expect(findings(unit("app", from("a", "setings"), configMap({ a: "1" })), base)).toMatchObject([
      { code: "missing-reference", severity: "warning", next: 'did you mean "settings"?' },
    ]);
    const volumes = [
      { name: "a", persistentVolumeClaim: { claimName: "c" } },
      { name: "b", configMap: { name: "m", optional: true } },
    ];
    expect(app(deployment(pods({ volumes, serviceAccountName: "s" })))).toHaveLength(2);
    const path = { path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } };
    expect(
      app({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: metadata("i"), spec: { rules: [{ http: { paths: [path] } }] } }),
    ).toHaveLength(1);
  });

  test("node ports, host ports and ingress routes must have one owner at each site", () => {
    const daemon = (name: string, spec: Json): Json => ({
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: metadata(name),
      spec: { selector: { matchLabels: { name } }, template: { metadata: { labels: { name } }, spec } },
    });
    const open = unit("layer", { ...namespace, metadata: { name: "boards" } });
    const host = pods({ hostNetwork: true });
    const port = pods({}, container({ ports: [{ containerPort: 1, hostPort: 8080 }] }));
    expect(found(open, unit("layer", daemon("a", host)), unit("layer", daemon("b", port)))).toEqual([
      "door-taken spec.template.spec.containers[0].ports[0]: port 8080 of the node is already used by DaemonSet boards/a",
    ]);
    const node = (name: string): Json => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(name),
      spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30_000 }] },
    });
    expect(found(open, unit("layer", node("a")), unit("layer", node("b")))).toEqual([
      "door-taken spec.ports[0].nodePort: node port 30000 is already used by Service boards/a",
    ]);
    const backend = { resource: { kind: "a", name: "b" } };
    const route = (name: string, path: string): Json => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: metadata(name),
      spec: { rules: [{ host: "a.example", http: { paths: [{ path, pathType: "Prefix", backend }] } }] },
    });
    expect(found(open, unit("layer", route("a", "/x")), unit("layer", route("b", "/x"), route("c", "/y")))).toEqual([
      "door-taken spec.rules[0].http.paths[0]: the route a.example/x is already used by Ingress boards/a",
    ]);
  });
});

test("no check throws on an object of any shape", () => {
  const shape = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>(null, 1, -1.5, true, "x", "http", ""),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("map"),
    ),
    map: fc.dictionary(
      fc.constantFrom(
        "spec",
        "template",
        "metadata",
        "labels",
        "containers",
        "volumes",
        "env",
        "ports",
        "selector",
        "data",
        "rules",
        "http",
        "paths",
        "name",
        "versions",
        "names",
      ),
      tie("value"),
      { maxKeys: 5 },
    ),
  })).map as fc.Arbitrary<JsonMap>;
  const kinds = [
    "apps/v1/Deployment",
    "v1/Service",
    "v1/ConfigMap",
    "v1/Secret",
    "networking.k8s.io/v1/Ingress",
    "policy/v1/PodDisruptionBudget",
    "apiextensions.k8s.io/v1/CustomResourceDefinition",
    "batch/v1/CronJob",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), shape, shape, (key, body, meta) => {
      const at = key.lastIndexOf("/");
      const json = {
        ...body,
        apiVersion: key.slice(0, at),
        kind: key.slice(at + 1),
        metadata: { ...meta, name: "a", namespace: "boards" },
      };
      const units = [unit("app", json), base];
      void findingsIn({ profile: { clusterKinds: [json] } as unknown as Profile, units, nodesMin: 1 });
    }),
    { numRuns: 400 },
  );
});
