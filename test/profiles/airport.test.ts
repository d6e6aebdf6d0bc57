import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { Fleet, type Site } from "../../constructs/index.ts";
import { Airport, type AirportProps, CustomKinds } from "../../profiles/index.ts";
import { diskShareBytes } from "../../profiles/disk-share.ts";
import { inventory, type SiteInput, sites } from "../../sites/index.ts";
import { synth, type SynthResult } from "../../synth/index.ts";
import { filesOf, Labels, settings, TestApp, threeSites } from "../synth/small-fleet.ts";

const digest = (name: string): string => `registry.example/${name}:1@sha256:${"0f".repeat(32)}`;
const props: AirportProps<Labels> = {
  images: { logCollector: digest("fluent-bit"), nodeExporter: digest("node-exporter"), metricsAgent: digest("vmagent") },
  hub: "hub.example",
};

const disk = (sizeBytes: string) => ({ name: "/dev/sda", type: "SSD" as const, sizeBytes });

/** Munich has fibre and two nodes of 1 TB and 500 GB, the others have metered links and 32 GB; boards run at Munich, weather runs everywhere. */
function synthAirports(more: Partial<AirportProps<Labels>> = {}): SynthResult {
  const from = threeSites().map((site): SiteInput => {
    const isLarge = site.id === "eddm";
    const nodes = (site.nodes ?? []).map((node, index) => ({ ...node, disks: [disk(isLarge ? (index === 0 ? "1T" : "500G") : "32G")] }));
    return { ...site, nodes, link: { kind: "fibre", downMbps: 100, upMbps: 100, metered: !isLarge } };
  });
  const fleet = new Fleet("airports", { sites: inventory({ labels: Labels, from: [sites(from)] }) });
  new Airport<Labels>(fleet, "airport", { ...props, ...more });
  new TestApp(fleet, "boards", { probes: [], where: (site) => site.labels.size === "large", run: (chart) => settings(chart, "a", {}) });
  new TestApp(fleet, "gates", {
    probes: [],
    namespace: "boards",
    where: (site) => site.labels.size === "large",
    run: (chart) => settings(chart, "b", {}),
  });
  new TestApp(fleet, "weather", { probes: [], run: (chart) => settings(chart, "a", {}) });
  return synth(fleet);
}

function treeOf(result: SynthResult, site: string): Record<string, string> {
  expect(result.problems).toEqual([]);
  return filesOf(result.trees.find((tree) => tree.site === site) as SynthResult["trees"][0]);
}

describe("an airport", () => {
  test("has a namespace with policies for its layers and for each app that runs there", () => {
    const namespaces = (site: string): string[] =>
      Object.keys(treeOf(synthAirports(), site)).flatMap((path) => /\/namespace_-_(.*)\.yaml$/.exec(path)?.[1] ?? []);
    expect(namespaces("eddm")).toEqual(["boards", "observability", "weather"]);
    expect(namespaces("eddf")).toEqual(["observability", "weather"]);
    const tree = treeOf(synthAirports(), "eddm");
    for (const name of ["boards", "observability", "weather"]) {
      expect(Object.keys(tree)).toContain(`manifests/10-base/network-policies/networkpolicy.networking.k8s.io_${name}_default-deny.yaml`);
    }
    expect(tree["manifests/10-base/namespaces/namespace_-_boards.yaml"]).toContain("pod-security.kubernetes.io/enforce: restricted");
    expect(tree["manifests/10-base/namespaces/namespace_-_observability.yaml"]).toContain("pod-security.kubernetes.io/enforce: privileged");
  });

  test("buffers logs on disk until they are sent, up to a share of the smallest node's disks", () => {
    const configuration = (site: string) =>
      parse(
        parse(treeOf(synthAirports(), site)["manifests/30-addons/log-collector/configmap_observability_log-collector.yaml"] as string).data[
          "fluent-bit.yaml"
        ],
      );
    const large = configuration("eddm");
    expect(large.service).toMatchObject({ flush: 5, "storage.type": "filesystem", "storage.path": "/var/lib/fluent-bit/buffer" });
    expect(large.pipeline.outputs[0]).toMatchObject({
      host: "logs.hub.example",
      retry_limit: "no_limits",
      "storage.total_limit_size": "9984M",
    });
    const small = configuration("eddf");
    expect([small.service.flush, small.pipeline.outputs[0]["storage.total_limit_size"]]).toEqual([60, "640M"]);
  });

  test("buffers samples on disk until they are sent, and measures less often on metered links", () => {
    const agent = (site: string): string[] =>
      parse(treeOf(synthAirports(), site)["manifests/30-addons/node-metrics/daemonset.apps_observability_metrics-agent.yaml"] as string)
        .spec.template.spec.containers[0].args;
    expect(agent("eddm")).toEqual(
      expect.arrayContaining([
        "-remoteWrite.url=https://metrics.hub.example/api/v1/write",
        "-remoteWrite.tmpDataPath=/var/lib/vmagent",
        "-remoteWrite.maxDiskUsagePerURL=4992000000",
      ]),
    );
    const scrape = (site: string) =>
      parse(
        parse(treeOf(synthAirports(), site)["manifests/30-addons/node-metrics/configmap_observability_metrics-agent.yaml"] as string).data[
          "scrape.yaml"
        ],
      );
    expect([scrape("eddm").global.scrape_interval, scrape("eddf").global.scrape_interval]).toEqual(["30s", "120s"]);
  });

  test("allows extra traffic only for the apps that need it", () => {
    const tree = treeOf(synthAirports({ networkExceptions: { weather: { egressTo: ["192.0.2.0/24"] } } }), "eddm");
    const allowed = (name: string) =>
      parse(tree[`manifests/10-base/network-policies/networkpolicy.networking.k8s.io_${name}_allow.yaml`] as string).spec;
    expect(JSON.stringify(allowed("weather").egress)).toContain("192.0.2.0/24");
    expect(JSON.stringify(allowed("boards"))).not.toContain("ipBlock");
    expect(JSON.stringify(allowed("boards").ingress)).toContain("kube-system");
  });

  test("refuses an image without a digest", () => {
    const { problems } = synthAirports({ images: { ...props.images, logCollector: "fluent/fluent-bit:5" } });
    expect(problems.map(({ code }) => code)).toEqual(["image-without-digest"]);
  });
});

describe("custom kinds", () => {
  test("come from files that are read once, and a bad file is reported with its line", () => {
    const folder = mkdtempSync(join(tmpdir(), "skerry-kinds-"));
    try {
      const write = (text: string): URL => {
        writeFileSync(join(folder, "kinds.yaml"), text);
        return pathToFileURL(join(folder, "kinds.yaml"));
      };
      const make = (text: string): unknown =>
        new CustomKinds(new Fleet("f", { sites: inventory({ labels: Labels, from: [] }) }), "kinds", { files: [write(text)] });
      expect(() => make("a: [1\n")).toThrow(/kinds\.yaml: line \d+, column \d+: /);
      expect(() => make("---\nkind: X\n")).toThrow(/kinds\.yaml: line 2: not a Kubernetes object/);
      const crd =
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: ps.skerry.example }\nspec: { group: skerry.example, scope: Namespaced, names: { kind: P, plural: ps }, versions: [] }\n";
      const file = write(`---\n${crd}---\n`);
      const path = "manifests/00-crds/custom-kinds/customresourcedefinition.apiextensions.k8s.io_-_ps.skerry.example.yaml";
      expect(Object.keys(treeOf(synthAirports({ customKinds: [file] }), "eddm"))).toContain(path);
      // The checks know CRDs that the clusters already have, but they are not applied.
      const known = synthAirports({ clusterKinds: [file] });
      expect(Object.keys(treeOf(known, "eddm"))).not.toContain(path);
      expect((known.fleet.profiles[0] as Airport).clusterKinds).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("a share of the disks is never exceeded, except for the useful minimum", () => {
  const siteOf = (sizes: readonly (readonly number[])[]) =>
    ({ nodes: sizes.map((disks) => ({ disks: disks.map((sizeBytes) => ({ sizeBytes })) })) }) as unknown as Site<Labels>;
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 1, max: 2 ** 42 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      (sizes, share) => {
        const bytes = diskShareBytes(siteOf(sizes), share);
        const smallest = Math.min(...sizes.map((disks) => disks.reduce((sum, size) => sum + size, 0)));
        expect(bytes % 64_000_000).toBe(0);
        expect(bytes === 64_000_000 || bytes <= smallest * share).toBe(true);
        expect(bytes > smallest * share - 64_000_000).toBe(true);
      },
    ),
  );
});
