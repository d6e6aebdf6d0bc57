import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  checkFields,
  checkSchema,
  compareInStep,
  containersOf,
  customKindsOf,
  type FieldTable,
  formatFieldPath,
  identityOf,
  type JsonMap,
  labelKeyRule,
  labelValueRule,
  nameRuleOf,
  portNameRule,
  selects,
  selectsExactly,
  stageOf,
  tryFieldTable,
  tryPodTemplate,
  tryRemoval,
  tryScope,
} from "../../kube/index.ts";
import { tryParseQuantity } from "../../kube/quantity.ts";

const table = tryFieldTable("1.36") as FieldTable;

const container = {
  name: "boards",
  image: "registry.example/boards@sha256:0",
  env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
  ports: [{ containerPort: 8080 }],
  readinessProbe: { httpGet: { path: "/", port: "http" } },
  resources: { limits: { cpu: 1, memory: "64Mi" } },
};
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "boards", creationTimestamp: null },
  spec: { replicas: 2, selector: { matchLabels: { app: "boards" } }, template: { metadata: {}, spec: { containers: [container] } } },
};

function faultsOf(object: JsonMap): string[] {
  const kind = table.tryKind(String(object["apiVersion"]), String(object["kind"]));
  return checkFields(object, kind?.type as string, table).map(({ code, field, message }) => `${code} ${field}: ${message}`);
}

describe("the field table", () => {
  test("equals what the generator writes from Kubernetes' OpenAPI document", () => {
    const folder = mkdtempSync(join(tmpdir(), "skerry-fields-"));
    try {
      const file = join(folder, "fields.json");
      execFileSync(process.execPath, ["tools/generate-fields.ts", file]);
      expect(readFileSync("kube/fields-1.36.generated.json", "utf8") === readFileSync(file, "utf8")).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("has the kinds and scopes of its own minor version only", () => {
    expect(table.kubernetes).toBe("1.36");
    expect(table.tryKind("apps/v1", "Deployment")?.scope).toBe("namespaced");
    expect(table.tryKind("v1", "Namespace")?.scope).toBe("cluster");
    expect(table.tryKind("apps/v1beta1", "Deployment")).toBeUndefined();
    expect(table.tryKind("constructor", "prototype")).toBeUndefined();
    expect(table.hasGroup("batch")).toBe(true);
    expect(table.hasGroup("example.io")).toBe(false);
    expect(tryFieldTable("1.35")).toBeUndefined();
    expect(table.kinds.length).toBeGreaterThan(70);
    for (const kind of table.kinds) {
      const at = kind.lastIndexOf("/");
      const entry = table.tryKind(kind.slice(0, at), kind.slice(at + 1));
      expect([...table.fieldsOf(entry?.type as string).keys()]).toEqual(expect.arrayContaining(["apiVersion", "kind", "metadata"]));
    }
  });

  test("accepts a valid object with numbers as quantities, named ports and null fields", () => {
    expect(faultsOf(deployment)).toEqual([]);
    expect(
      faultsOf({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { "a.b": "x" }, binaryData: { c: "AAEC" } }),
    ).toEqual([]);
  });

  test("reports each fault with its path and the nearest valid name", () => {
    const broken = structuredClone(deployment) as unknown as {
      spec: Record<string, unknown> & { template: { spec: Record<string, unknown> } };
    };
    broken.spec["replica"] = 2;
    broken.spec["replicas"] = "2";
    delete broken.spec["selector"];
    broken.spec.template.spec["restartPolicy"] = "OnFail";
    broken.spec.template.spec["containers"] = [
      {
        imagee: "x",
        image: 7,
        imagePullPolicy: "always",
        ports: [{ containerPort: 80.5 }, { containerPort: 2 ** 31 }],
        resources: { limits: { cpu: "one", memory: null } },
        env: {},
        command: ["a", 1],
      },
    ];
    expect(faultsOf(broken as unknown as JsonMap)).toMatchInlineSnapshot(`
[
  "wrong-type spec.replicas: must be an integer, not a string",
  "unknown-field spec.template.spec.containers[0].imagee: unknown field "imagee"; did you mean "image"?",
  "wrong-type spec.template.spec.containers[0].image: must be a string, not a number",
  "wrong-value spec.template.spec.containers[0].imagePullPolicy: must be one of "Always", "IfNotPresent", "Never"",
  "wrong-type spec.template.spec.containers[0].ports[0].containerPort: must be an integer, not 80.5",
  "wrong-type spec.template.spec.containers[0].ports[1].containerPort: must be an integer, not 2147483648",
  "wrong-type spec.template.spec.containers[0].resources.limits.cpu: must be a quantity like "500m" or "1Gi", not a string",
  "wrong-type spec.template.spec.containers[0].resources.limits.memory: must be a quantity like "500m" or "1Gi", not null",
  "wrong-type spec.template.spec.containers[0].env: must be a list, not an object",
  "wrong-type spec.template.spec.containers[0].command[1]: must be a string, not a number",
  "missing-field spec.template.spec.containers[0].name: "name" must be set",
  "wrong-value spec.template.spec.restartPolicy: must be one of "Always", "Never", "OnFailure"",
  "unknown-field spec.replica: unknown field "replica"; did you mean "replicas"?",
  "missing-field spec.selector: "selector" must be set",
]
`);
  });

  test("the next step names the nearest valid name, or all of them", () => {
    const nexts = (object: JsonMap): string[] =>
      checkFields(object, table.tryKind(String(object["apiVersion"]), String(object["kind"]))?.type as string, table).map(
        ({ next }) => next,
      );
    const service = (spec: JsonMap): JsonMap => ({ apiVersion: "v1", kind: "Service", metadata: {}, spec });
    expect(nexts(service({ selectr: {} }))).toEqual(["write selector, or remove the field"]);
    expect(nexts(service({ type: "Nodeport" }))).toEqual(['write "NodePort"']);
    expect(nexts(service({ type: "xxxxxxxxxxxx" }))).toEqual(['write one of "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"']);
    expect(nexts({ apiVersion: "v1", kind: "ConfigMap", metadata: {}, xxxxxxxxxxxx: 1 })).toEqual([
      "use one of these fields: apiVersion, binaryData, data, immutable, kind, metadata",
    ]);
    expect(nexts({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: {} })).toEqual(["set it to an object"]);
    expect(nexts(service({ ports: [{}] }))).toEqual(["set it to an integer"]);
    expect(nexts({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: {}, endpoints: [] })).toEqual([
      'set it to one of "FQDN", "IPv4", "IPv6"',
    ]);
  });

  test("reads primitives as an API server does", () => {
    const config = (data: JsonMap): JsonMap => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, ...data });
    expect(faultsOf(config({ binaryData: { a: "AAE=", b: "AA\nE=" } }))).toEqual([]);
    expect(faultsOf(config({ binaryData: { a: "AAE" } }))).toHaveLength(1);
    const lease = (spec: JsonMap): JsonMap => ({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" }, spec });
    expect(faultsOf(lease({ renewTime: "2026-01-31T12:00:00.000000Z", leaseDurationSeconds: 30 }))).toEqual([]);
    expect(faultsOf(lease({ renewTime: "yesterday", leaseDurationSeconds: 0.5 }))).toHaveLength(2);
    const pod = (grace: unknown): JsonMap => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [], terminationGracePeriodSeconds: grace },
    });
    expect([30, 2 ** 40].flatMap((grace) => faultsOf(pod(grace)))).toEqual([]);
    expect([2 ** 53, 1.5, "30", Number.NaN].map((grace) => faultsOf(pod(grace)).length)).toEqual([1, 1, 1, 1]);
    const port = (value: unknown): JsonMap => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: {},
      spec: { ports: [{ port: 80, targetPort: value }] },
    });
    expect(["http", 80, 80.5, true].map((value) => faultsOf(port(value)).length)).toEqual([0, 0, 1, 1]);
    const policy = (cpu: unknown): JsonMap => ({
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: {},
      spec: { limits: [{ type: "Container", default: { cpu } }] },
    });
    expect(["500m", 1, 0.5, "1 core", true, {}].map((cpu) => faultsOf(policy(cpu)).length)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test("never shows a string value that it rejects", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a" },
      data: { key: "hunter2 is no base64" },
      immutable: "hunter2",
    };
    expect(faultsOf(secret)).toHaveLength(2);
    expect(faultsOf(secret).join()).not.toContain("hunter2");
  });

  test("checks a Deployment in microseconds", () => {
    for (let round = 0; round < 2000; round++) faultsOf(deployment);
    const start = performance.now();
    for (let round = 0; round < 2000; round++) faultsOf(deployment);
    expect((performance.now() - start) / 2000).toBeLessThan(0.2);
  });
});

describe("an object", () => {
  test("is identified without its version", () => {
    const v1 = identityOf({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", namespace: "b" } });
    expect(v1).toEqual({ group: "apps", kind: "Deployment", namespace: "b", name: "a" });
    expect(identityOf({ apiVersion: "apps/v1beta2", kind: "Deployment", metadata: { name: "a", namespace: "b" } })).toEqual(v1);
    expect(identityOf({ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } })).toEqual({
      group: "",
      kind: "Namespace",
      namespace: "",
      name: "a",
    });
    expect([tryScope("", "Namespace"), tryScope("apps", "DaemonSet"), tryScope("example.io", "Thing")]).toEqual([
      "cluster",
      "namespaced",
      undefined,
    ]);
  });

  test("gets its stage from its kind and from the kind of its unit", () => {
    const ref = (group: string, kind: string, namespace = "boards") => ({ group, kind, namespace, name: "a" });
    expect(stageOf(ref("apiextensions.k8s.io", "CustomResourceDefinition", ""), "layer")).toBe("00-crds");
    expect(stageOf(ref("", "Namespace", ""), "layer")).toBe("10-base");
    expect(stageOf(ref("", "Namespace", ""), "app")).toBe("10-base");
    expect(stageOf(ref("", "ServiceAccount"), "layer")).toBe("10-base");
    expect(stageOf(ref("", "ServiceAccount"), "app")).toBe("40-apps");
    expect(stageOf(ref("storage.k8s.io", "StorageClass", ""), "layer")).toBe("20-infra");
    expect(stageOf(ref("apps", "DaemonSet", "kube-system"), "layer")).toBe("20-infra");
    expect(stageOf(ref("apps", "DaemonSet"), "layer")).toBe("30-addons");
    expect(stageOf(ref("apps", "Deployment"), "app")).toBe("40-apps");
    expect(stageOf(ref("example.io", "Thing"), "layer")).toBe("30-addons");
  });

  test("is ordered after the objects it refers to, in a total order", () => {
    const kinds = [
      "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
      "example.io/Thing",
      "apps/Deployment",
      "/Service",
      "/ConfigMap",
      "/Namespace",
    ];
    const refs = kinds.map((key) => ({ group: key.split("/")[0] as string, kind: key.split("/")[1] as string, namespace: "n", name: "a" }));
    expect(refs.toSorted(compareInStep)).toEqual(refs.toReversed());
    const anyRef = fc.record({
      group: fc.constantFrom("", "apps", "example.io"),
      kind: fc.constantFrom("ConfigMap", "Deployment", "Thing"),
      namespace: fc.constantFrom("", "a", "b"),
      name: fc.constantFrom("a", "b", "B"),
    });
    fc.assert(
      fc.property(anyRef, anyRef, anyRef, (a, b, c) => {
        expect(Math.sign(compareInStep(a, b)) + Math.sign(compareInStep(b, a))).toBe(0);
        expect(compareInStep(a, b) === 0).toBe(JSON.stringify(a) === JSON.stringify(b));
        if (compareInStep(a, b) <= 0 && compareInStep(b, c) <= 0) expect(compareInStep(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("of a removed API version gets the replacement to write", () => {
    expect(tryRemoval("policy/v1beta1", "PodDisruptionBudget")).toEqual({ last: "1.24", instead: "policy/v1" });
    expect(tryRemoval("extensions/v1beta1", "Ingress")?.instead).toBe("networking.k8s.io/v1");
    expect(tryRemoval("policy/v1beta1", "PodSecurityPolicy")).toEqual({ last: "1.24", instead: undefined });
    expect(tryRemoval("apps/v1", "Deployment")).toBeUndefined();
  });

  test("lists its containers wherever its kind keeps the pod template", () => {
    const spec = { initContainers: [{ name: "i" }], containers: [{ name: "c" }], ephemeralContainers: [{ name: "e" }] };
    const cron = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      spec: { jobTemplate: { spec: { template: { metadata: { labels: { a: "b" } }, spec } } } },
    };
    const template = tryPodTemplate(cron);
    expect(template?.labels).toEqual({ a: "b" });
    expect(containersOf(template as NonNullable<typeof template>).map(({ path }) => formatFieldPath(path))).toEqual([
      "spec.jobTemplate.spec.template.spec.initContainers[0]",
      "spec.jobTemplate.spec.template.spec.containers[0]",
      "spec.jobTemplate.spec.template.spec.ephemeralContainers[0]",
    ]);
    expect(tryPodTemplate({ apiVersion: "example.io/v1", kind: "Deployment", spec: { template: { spec } } })).toBeUndefined();
    expect(tryPodTemplate({ apiVersion: "apps/v1", kind: "Deployment", spec: null })).toBeUndefined();
  });
});

describe("quantities", () => {
  test.each([
    ["1", 1_000_000_000n],
    ["500m", 500_000_000n],
    ["0.5", 500_000_000n],
    [".5", 500_000_000n],
    ["1.", 1_000_000_000n],
    ["+2k", 2_000_000_000_000n],
    ["-1", -1_000_000_000n],
    ["1Ki", 1_024_000_000_000n],
    ["1.5Gi", 1_610_612_736_000_000_000n],
    ["1E", 10n ** 27n],
    ["1e3", 10n ** 12n],
    ["1E3", 10n ** 12n],
    ["1e-3", 1_000_000n],
    ["1n", 1n],
    ["0.1n", 1n],
    [0.1, 100_000_000n],
    [2 ** 53, 2n ** 53n * 10n ** 9n],
  ])("%s is read exactly", (text, nanos) => {
    expect(tryParseQuantity(text)).toBe(nanos);
  });

  test.each(["", "m", ".", "1 Gi", "1gi", "1K", "1mi", "1e", "0x10", "1_000", "NaN", "Infinity", "1e9999", "9".repeat(65)])(
    "%j is not a quantity",
    (text) => {
      expect(tryParseQuantity(text)).toBeUndefined();
    },
  );

  test("are equal when their values are equal, whatever the suffix", () => {
    expect(tryParseQuantity("1Gi")).toBe(tryParseQuantity("1024Mi"));
    expect(tryParseQuantity("1G")).toBeLessThan(tryParseQuantity("1Gi") as bigint);
    expect(tryParseQuantity("2")).toBeGreaterThan(tryParseQuantity("1999m") as bigint);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.constantFrom("", "k", "M", "Ki", "Mi"), (number, suffix) => {
        const factor = { "": 1n, k: 1000n, M: 10n ** 6n, Ki: 1024n, Mi: 1024n ** 2n }[suffix];
        expect(tryParseQuantity(`${number}${suffix}`)).toBe(tryParseQuantity(`${number * factor}`));
      }),
    );
  });
});

describe("names and selectors", () => {
  test("follow the rule of their kind", () => {
    const holds = (key: string, name: string) => nameRuleOf(key.split("/")[0] as string, key.split("/")[1] as string).holds(name);
    expect([holds("/ConfigMap", "a.b"), holds("/ConfigMap", "A"), holds("/ConfigMap", "a".repeat(254))]).toEqual([true, false, false]);
    expect([holds("/Service", "a-1"), holds("/Service", "1a"), holds("/Service", "a.b")]).toEqual([true, false, false]);
    expect([holds("batch/CronJob", "a".repeat(52)), holds("batch/CronJob", "a".repeat(53))]).toEqual([true, false]);
    expect([holds("rbac.authorization.k8s.io/ClusterRole", "system:a"), holds("rbac.authorization.k8s.io/Role", "a/b")]).toEqual([
      true,
      false,
    ]);
    expect([portNameRule.holds("http"), portNameRule.holds("80"), portNameRule.holds("a--b"), portNameRule.holds("a".repeat(16))]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([
      labelKeyRule.holds("app.kubernetes.io/name"),
      labelKeyRule.holds("a/b/c"),
      labelKeyRule.holds("/a"),
      labelKeyRule.holds(""),
    ]).toEqual([true, false, false, false]);
    expect([
      labelValueRule.holds(""),
      labelValueRule.holds("A_b.c"),
      labelValueRule.holds("-a"),
      labelValueRule.holds("a".repeat(64)),
    ]).toEqual([true, true, false, false]);
  });

  test("select as Kubernetes does", () => {
    const labels = { app: "boards", tier: "front" };
    expect(selects({ matchLabels: { app: "boards" } }, labels)).toBe(true);
    expect(selects({}, labels)).toBe(true);
    expect(
      selects(
        {
          matchExpressions: [
            { key: "tier", operator: "In", values: ["front", "back"] },
            { key: "x", operator: "DoesNotExist" },
          ],
        },
        labels,
      ),
    ).toBe(true);
    expect(selects({ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["front"] }] }, labels)).toBe(false);
    expect(selects({ matchExpressions: [{ key: "toString", operator: "Exists" }] }, labels)).toBe(false);
    expect(selects({ matchExpressions: [{ key: "x", operator: "In", values: [undefined] }] }, labels)).toBe(false);
    expect(selectsExactly({ app: "boards", tier: "back" }, labels)).toBe(false);
  });
});

describe("a custom resource", () => {
  const schema = {
    type: "object",
    required: ["spec"],
    properties: {
      spec: {
        type: "object",
        required: ["lines", "theme"],
        properties: {
          lines: { type: "integer", minimum: 1, maximum: 40 },
          theme: { type: "string", enum: ["dark", "light"], default: "dark" },
          title: { type: "string", maxLength: 3, pattern: "^[A-Z]+$" },
          zones: { type: "array", minItems: 1, items: { type: "object", properties: { id: { type: "string" } } } },
          port: { "x-kubernetes-int-or-string": true },
          extra: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { known: { type: "boolean" } } },
          tags: { type: "object", additionalProperties: { type: "string" } },
          note: { type: "string", nullable: true },
        },
      },
    },
  };
  const object = (spec: unknown) => ({ apiVersion: "skerry.example/v1", kind: "Board", metadata: { name: "a" }, spec });
  const faults = (spec: unknown) => checkSchema(object(spec), schema).map(({ field, message }) => `${field}: ${message}`);

  test("passes when it matches its CRD", () => {
    const spec = {
      lines: 5,
      title: "ÄB".replace("Ä", "A"),
      zones: [{ id: "a" }],
      port: "http",
      extra: { known: true, any: [1] },
      tags: { a: "b" },
      note: null,
    };
    expect(faults(spec)).toEqual([]);
    expect(checkSchema({ ...object(spec), status: { any: 1 } }, schema)).toEqual([]);
  });

  test("gets one fault for each wrong field", () => {
    expect(
      faults({
        lines: 0.5,
        theme: "drak",
        title: "abcd",
        zones: [{ idd: "a" }],
        port: true,
        extra: { known: 1 },
        tags: { a: 1 },
        note: 1,
        line: 4,
      }),
    ).toMatchInlineSnapshot(`
[
  "spec.lines: must be an integer, not 0.5",
  "spec.theme: must be one of "dark", "light"",
  "spec.title: violates maxLength: 3 (found 4)",
  "spec.title: does not match ^[A-Z]+$",
  "spec.zones[0].idd: unknown field "idd"; did you mean "id"?",
  "spec.port: must be an integer or a string, not true or false",
  "spec.extra.known: must be true or false, not a number",
  "spec.tags.a: must be a string, not a number",
  "spec.note: must be a string, not a number",
  "spec.line: unknown field "line"; did you mean "lines"?",
]
`);
    expect(faults({ lines: 41, zones: [] })).toEqual([
      "spec.lines: violates maximum: 40 (found 41)",
      "spec.zones: violates minItems: 1 (found 0)",
    ]);
    expect(faults({})).toEqual(['spec.lines: "lines" must be set']);
    expect(checkSchema({ apiVersion: "a/v1", kind: "B", metadata: {} }, schema).map(({ message }) => message)).toEqual([
      '"spec" must be set',
    ]);
  });

  test("the next step names the fields of its CRD, and embedded objects are accepted", () => {
    const nexts = (value: JsonMap, of: JsonMap): string[] =>
      checkSchema({ apiVersion: "a/v1", kind: "B", metadata: {}, ...value }, of).map(({ next }) => next);
    expect(nexts({ spec: { line: 1, xxxxxxxxxxxx: 1, theme: "dark", lines: 1 } }, schema)).toEqual([
      "write lines, or remove the field",
      expect.stringContaining("use one of these fields: lines, theme, title"),
    ]);
    expect(nexts({ specs: 1 }, { type: "object" })).toEqual(["remove it: the CRD has no fields here"]);
    const holder = {
      properties: { template: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "object" } } } },
    };
    expect(nexts({ template: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: {} } }, holder)).toEqual([]);
    expect(nexts({ template: { kinds: "Pod" } }, holder)).toHaveLength(1);
    const port = {
      properties: { port: { "x-kubernetes-int-or-string": true }, size: { type: "integer", default: 1 }, name: { type: "string" } },
    };
    expect(["80", 80].flatMap((value) => nexts({ port: value }, port))).toEqual([]);
    expect([1.5, true, null].map((value) => nexts({ port: value }, port).length)).toEqual([1, 1, 1]);
    expect([nexts({ size: null }, port).length, nexts({ name: null }, port).length]).toEqual([0, 1]);
  });

  test("gets its scope and versions from the CRD", () => {
    const crd = {
      spec: {
        group: "skerry.example",
        names: { kind: "Board" },
        scope: "Namespaced",
        versions: [{ name: "v1", served: true, schema: { openAPIV3Schema: schema } }],
      },
    };
    expect(customKindsOf(crd)).toEqual([
      { group: "skerry.example", kind: "Board", version: "v1", scope: "namespaced", served: true, schema },
    ]);
    expect(customKindsOf({ spec: { group: 1 } })).toEqual([]);
    expect(customKindsOf({})).toEqual([]);
  });
});
