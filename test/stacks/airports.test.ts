import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { groupOf, tryFieldTable } from "../../kube/index.ts";
import type { SiteFacts } from "../../sites/index.ts";
import type { AirportLabels } from "../../sites/airports.ts";
import { fleet } from "../../stacks/airports.ts";
import { synth, type SynthResult } from "../../synth/index.ts";
import { filesOf } from "../synth/small-fleet.ts";

type Airport = SiteFacts<AirportLabels>;

const top = resolve(import.meta.dirname, "../..");
let result: SynthResult;
let airports: readonly Airport[];

beforeAll(() => {
  result = synth(fleet);
  airports = fleet.inventory.sites;
});

/** The objects of each site, by `<kind>/<name>`; sites of one shape share the list of kinds and names. */
function* objectNames(): Iterable<readonly [Airport, ReadonlySet<string>]> {
  const known = new Map<object, ReadonlySet<string>>();
  for (const [index, tree] of result.trees.entries()) {
    let names = known.get(tree.shape);
    if (names === undefined) {
      const files = tree.shape.parts
        .filter(({ folder }) => folder !== "")
        .flatMap(({ files }) => files.map(({ name }) => (typeof name === "string" ? name : "")));
      names = new Set(files.map((file) => file.replace(/^([a-z]+)[^_]*_[^_]*_(.*)\.yaml$/, "$1/$2")));
      known.set(tree.shape, names);
    }
    yield [airports[index] as Airport, names];
  }
}

function objectsOf(site: string) {
  const tree = result.trees.find((each) => each.site === site) as SynthResult["trees"][0];
  return Object.entries(filesOf(tree)).flatMap(([path, text]) => (path.startsWith("manifests/") ? [parse(text)] : []));
}

function objectOf(site: string, kind: string, name: string) {
  return objectsOf(site).find((object) => object.kind === kind && object.metadata.name === name);
}

describe("the airports of the world", () => {
  test("pass every check, without a warning", () => {
    expect(result.problems).toEqual([]);
    expect(result.trees).toHaveLength(9383);
  });

  test("get boards where airlines fly to by a timetable, and nowhere else", () => {
    for (const [site, names] of objectNames()) expect(names.has("deployment/boards")).toBe(site.labels.scheduled);
  });

  test("with large halls run two board replicas, each on a machine of its own", () => {
    const large = airports.filter((site) => site.labels.size === "large" && site.labels.scheduled);
    expect(large.length).toBeGreaterThan(700);
    for (const { id } of [large[0], large.at(-1), airports.find(({ id }) => id === "eddm")] as Airport[]) {
      const { spec } = objectOf(id, "Deployment", "boards");
      expect(spec.replicas).toBe(2);
      expect(spec.template.spec.topologySpreadConstraints[0].topologyKey).toBe("kubernetes.io/hostname");
    }
    for (const [site, names] of objectNames()) {
      if (site.labels.scheduled) expect(names.has("poddisruptionbudget/boards")).toBe(site.nodes.length > 1);
    }
  });

  test("without a GPU never run baggage vision", () => {
    let count = 0;
    for (const [site, names] of objectNames()) {
      const hasGpu = site.nodes.some((node) => node.gpus.length > 0);
      expect(names.has("deployment/vision")).toBe(hasGpu);
      if (hasGpu) count++;
    }
    expect(count).toBe(332);
  });

  test("where nobody flies by a timetable have their lamps watched", () => {
    for (const [site, names] of objectNames()) expect(names.has("deployment/lights")).toBe(!site.labels.scheduled);
  });

  test("at the end of a thin line ask the hub for weather four times an hour", () => {
    const far = airports.find(({ link }) => link?.kind === "satellite") as Airport;
    expect(objectOf(far.id, "ConfigMap", "weather-settings").data["weather.conf"]).toContain("poll_seconds = 900");
    expect(objectOf("eddm", "ConfigMap", "weather-settings").data["weather.conf"]).toContain("poll_seconds = 60");
  });

  test("know their own name, each in three manifests", () => {
    for (const { shape } of result.trees) {
      const late = shape.parts.flatMap(({ files }) => files.filter(({ content }) => typeof content !== "string"));
      expect(late).toHaveLength(3);
    }
    expect(objectOf("eddm", "ConfigMap", "boards-settings").data["boards.conf"]).toContain("airport = eddm\n");
    expect(objectOf("kjfk", "DaemonSet", "log-collector").spec.template.spec.containers[0].env).toContainEqual({
      name: "SITE",
      value: "kjfk",
    });
  });

  test("differ in a few ways only, and have about thirty objects each", () => {
    const renders = result.units.reduce((sum, { renders }) => sum + renders, 0);
    expect(renders).toBeGreaterThan(20);
    expect(renders).toBeLessThan(41);
    let objects = 0;
    for (const { shape } of result.trees) for (const { folder, files } of shape.parts) if (folder !== "") objects += files.length;
    expect(objects / result.trees.length).toBeGreaterThan(24);
    expect(objects / result.trees.length).toBeLessThan(36);
  });

  test("have a quiet hour of their own clock", () => {
    const plan = JSON.parse(filesOf(result.trees.find(({ site }) => site === "eddm") as SynthResult["trees"][0])["plan.json"] as string);
    expect(plan.agent.window).toEqual({ cron: "0 2 * * *", minutes: 180, timeZone: "Europe/Berlin" });
    expect(plan.units.boards.probes).toEqual([{ http: { namespace: "boards", path: "/healthz", port: 80, service: "boards" } }]);
  });
});

describe("its objects", () => {
  const sample = ["eddm", "kjfk", "egll"];

  test("are accepted by the validators of another project, which come from the same source", async () => {
    const table = tryFieldTable("1.36");
    const seen = new Set<string>();
    for (const object of sample.flatMap(objectsOf)) {
      const key = `${object.apiVersion}/${object.kind}`;
      if (!table?.hasGroup(groupOf(object.apiVersion))) continue;
      seen.add(key);
      const models = (await import(`kubernetes-models/${key}`)) as Record<string, new (data: object) => { validate(): void }>;
      const Model = models[object.kind] as new (data: object) => { validate(): void };
      new Model(object).validate();
    }
    expect(seen.size).toBeGreaterThan(9);
  });

  test("of the imported kind are what its definition says", () => {
    expect(objectOf("eddm", "FlightBoard", "terminal")).toMatchObject({
      apiVersion: "skerry.example/v1",
      spec: {
        theme: "dark",
        refreshSeconds: 15,
        views: [{ kind: "departures", rows: 24 }, { kind: "arrivals", rows: 24 }, { kind: "gates" }],
      },
    });
    expect(objectOf("eddm", "CustomResourceDefinition", "flightboards.skerry.example").spec.names.kind).toBe("FlightBoard");
  });

  test("of the imported kind have the types that `cdk8s import` writes today", () => {
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
