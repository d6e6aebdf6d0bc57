import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { findProblems, synthesize } from "skerry/testing";
import { groupOf, tryFieldTable } from "../../kube/index.ts";
import fleet from "../../stacks/airports.ts";
import { sampled } from "../tries-all.ts";

const top = resolve(import.meta.dirname, "../..");
const airports = synthesize(fleet);

describe("the airports of the world", () => {
  test("pass every check without a warning", () => {
    expect(findProblems(fleet)).toEqual([]);
    expect(airports.sites().count).toBe(9383);
  });

  test("have boards exactly where there are scheduled flights", () => {
    airports.sites().each((site) => expect(site.units.includes("boards")).toBe(site.facts.labels.scheduled));
  });

  test("of large size run two board replicas on different machines", () => {
    airports.sites("size=large,scheduled=true").each((site) => {
      const { spec } = site.object("Deployment/boards");
      expect(spec.replicas).toBe(2);
      expect(spec.template.spec.topologySpreadConstraints[0].topologyKey).toBe("kubernetes.io/hostname");
      expect(site.facts.nodes.length).toBeGreaterThan(1);
    });
  });

  test("with one machine have no disruption budget that would block updates", () => {
    airports
      .sites("size=large")
      .each((site) => expect(site.has("PodDisruptionBudget")).toBe(site.facts.nodes.length > 1 && site.facts.labels.scheduled));
    airports.sites("level=eu/no,size=medium").each((site) => expect(site.has("PodDisruptionBudget")).toBe(false));
  });

  test("run baggage vision exactly where there is a GPU", () => {
    airports.sites().each((site) => expect(site.units.includes("vision")).toBe(site.facts.nodes.some((node) => node.gpus.length > 0)));
    expect(airports.sites((site) => site.nodes.some((node) => node.gpus.length > 0)).count).toBe(332);
  });

  test("without scheduled flights have their runway lights monitored", () => {
    airports.sites("scheduled=false").each((site) => expect(site.has("Deployment/lights")).toBe(true));
  });

  test("on a metered link poll the hub four times an hour and buffer more than a gigabyte of logs", () => {
    const dear = airports.sites((site) => site.link?.metered === true && site.level[0] === "oc");
    for (const { object } of dear.objects("ConfigMap/weather-settings"))
      expect(object["data"]["weather.conf"]).toContain("poll_seconds = 900");
    for (const { object } of dear.objects("ConfigMap/log-collector")) {
      expect(Number(/total_limit_size: (\d+)M/.exec(object["data"]["fluent-bit.yaml"])?.[1])).toBeGreaterThan(1000);
    }
  });

  test("pull images by digest from two folders of one registry", () => {
    const images = new Set<string>();
    for (const kind of ["Deployment", "DaemonSet"]) {
      for (const { object } of airports.sites("level=eu/de").objects(kind)) images.add(object["spec"].template.spec.containers[0].image);
    }
    for (const image of images) expect(image).toMatch(/^registry\.example\/(airports|mirror)\/[a-z-]+:[0-9.]+@sha256:[0-9a-f]{64}$/);
    expect(images.size).toBe(8);
  });

  test("have their own id in three manifests each", () => {
    expect(airports.site("eddm").object("ConfigMap/boards-settings")["data"]["boards.conf"]).toContain("airport = eddm\n");
    const [kjfk, egll] = [airports.site("kjfk").files(), airports.site("egll").files()];
    expect(Object.keys(kjfk)).toEqual(Object.keys(egll));
    const different = Object.keys(kjfk).filter((path) => path.startsWith("manifests/") && kjfk[path] !== egll[path]);
    expect(different).toEqual([
      "manifests/30-addons/log-collector/daemonset.apps_observability_log-collector.yaml",
      "manifests/30-addons/node-metrics/daemonset.apps_observability_metrics-agent.yaml",
      "manifests/40-apps/boards/configmap_boards_boards-settings.yaml",
    ]);
  });

  test("have few different trees, with about thirty objects each", () => {
    const units = [
      "custom-kinds",
      "namespaces",
      "network-policies",
      "log-collector",
      "node-metrics",
      "boards",
      "vision",
      "weather",
      "flow",
      "lights",
    ];
    const renders = units.reduce((sum, unit) => sum + airports.renders(unit), 0);
    expect(renders).toBeGreaterThan(20);
    expect(renders).toBeLessThan(41);
    const sites = sampled([...airports.sites()], (_, index) => index % 10 === 0);
    const objects = sites.reduce((sum, site) => sum + site.objects().length, 0);
    expect(objects / sites.length).toBeGreaterThan(24);
    expect(objects / sites.length).toBeLessThan(36);
  });

  test("have a window in their own time zone and probes that check a release", () => {
    const plan = JSON.parse(airports.site("eddm").files()["plan.json"] as string);
    expect(plan.agent.window).toEqual({ cron: "0 2 * * *", minutes: 180, timeZone: "Europe/Berlin" });
    expect(plan.units.boards.probes).toEqual([{ http: { namespace: "boards", path: "/healthz", port: 80, service: "boards" } }]);
  });
});

describe("the objects of the airports", () => {
  const sample = ["eddm", "kjfk", "egll"].map((id) => airports.site(id));

  test("are accepted by kubernetes-models, validators from the same OpenAPI source", async () => {
    const table = tryFieldTable("1.36");
    const seen = new Set<string>();
    for (const object of sample.flatMap((site) => site.objects())) {
      const key = `${object.apiVersion}/${object.kind}`;
      if (!table?.hasGroup(groupOf(object.apiVersion))) continue;
      seen.add(key);
      const models = (await import(`kubernetes-models/${key}`)) as Record<string, new (data: object) => { validate(): void }>;
      const Model = models[object.kind] as new (data: object) => { validate(): void };
      new Model(object).validate();
    }
    expect(seen.size).toBeGreaterThan(9);
  });

  test("of the imported kind match its CRD", () => {
    const [eddm] = sample;
    expect(eddm?.object("FlightBoard/terminal")).toMatchObject({
      apiVersion: "skerry.example/v1",
      spec: {
        theme: "dark",
        refreshSeconds: 15,
        views: [{ kind: "departures", rows: 24 }, { kind: "arrivals", rows: 24 }, { kind: "gates" }],
      },
    });
    expect(eddm?.object("CustomResourceDefinition")["spec"].names.kind).toBe("FlightBoard");
  });

  test("of the imported kind have the types that `cdk8s import` writes", () => {
    const folder = mkdtempSync(join(tmpdir(), "skerry-import-"));
    try {
      mkdirSync(join(folder, "stacks/airports"), { recursive: true });
      for (const file of ["cdk8s.yaml", "stacks/airports/flight-board.yaml"]) cpSync(join(top, file), join(folder, file));
      execFileSync(process.execPath, [join(top, "node_modules/.bin/cdk8s"), "import"], { cwd: folder, stdio: "pipe" });
      expect(readFileSync(join(folder, "imports/skerry.example.ts"), "utf8")).toBe(
        readFileSync(join(top, "imports/skerry.example.ts"), "utf8"),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
