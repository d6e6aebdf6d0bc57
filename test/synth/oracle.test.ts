import { expect, test } from "@jest/globals";
import { ApiObject, App as Cdk8sApp, type IResolver, type ResolutionContext } from "cdk8s";
import fc from "fast-check";
import { Late, lateFact, latePartsOf, type LateSource } from "../../constructs/index.ts";
import { fill, type SiteTree } from "../../core/index.ts";
import { identityOf } from "../../kube/index.ts";
import type { SiteFacts } from "../../sites/index.ts";
import { manifestText } from "../../synth/render/manifest-text.ts";
import { synth } from "../../synth/synth.ts";
import { UnitChart } from "../../synth/render/unit-chart.ts";
import { manifestPath } from "../../wire/index.ts";
import { triesAll } from "../tries-all.ts";
import { answer, type FleetPlan, fleetPlans, makeFleet, type PlannedApp } from "./random-fleet.ts";

const noChecks = { units: [], sites: [] };

/** The files of a site tree: path -> text. */
function filesOf(tree: SiteTree): Record<string, string> {
  const text = (part: SiteTree["shape"]["parts"][number]["files"][number]["name"]) =>
    typeof part === "string" ? part : fill(part, tree.values);
  return Object.fromEntries(
    tree.shape.parts.flatMap(({ folder, files }) =>
      files.map((file) => [folder === "" ? text(file.name) : `${folder}/${text(file.name)}`, text(file.content)]),
    ),
  );
}

/** The oracle's late facts, created at once, each with its own text. */
function lateFacts(facts: object): unknown {
  const textOf = (path: readonly string[]) => String(path.reduce<any>((at, key) => at[key], facts));
  const source: LateSource = {
    textOf,
    refuse: (action) => {
      throw new Error(action);
    },
  };
  const copy = (value: unknown, path: string[]): unknown => {
    if (typeof value === "string" || typeof value === "number") return lateFact(source, path);
    if (Array.isArray(value)) return value.map((inner, index) => copy(inner, [...path, String(index)]));
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner, [...path, key])]))
      : value;
  };
  return copy(facts, []);
}

class LateText implements IResolver {
  resolve(context: ResolutionContext): void {
    if (Late.isLate(context.value))
      context.replaceValue(
        latePartsOf(context.value)
          .map((part) => (typeof part === "string" ? part : part.source.textOf(part.path)))
          .join(""),
      );
  }
}

function kilometres(a: SiteFacts, b: SiteFacts): number {
  const [y1, x1, y2, x2] = [a.location.latitude, a.location.longitude, b.location.latitude, b.location.longitude].map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number, number, number];
  const h = Math.sin((y2 - y1) / 2) ** 2 + Math.cos(y1) * Math.cos(y2) * Math.sin((x2 - x1) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}

/** Renders every site by itself with plain cdk8s: no views, no decision tree, no shared render. */
function naively(plan: FleetPlan): Map<string, Record<string, string>> {
  const fleet = makeFleet(plan);
  const apps = fleet.units as readonly PlannedApp[];
  const all = fleet.inventory.sites as readonly SiteFacts[];
  const capacityOf = (facts: SiteFacts) => ({
    nodes: facts.nodes.length,
    cpu: facts.nodes.reduce((sum, node) => sum + node.cpu, 0),
    gpus: facts.nodes.flatMap((node) => node.gpus).length,
  });
  const isPlaced = (app: PlannedApp, facts: SiteFacts) =>
    app.plan.where === undefined || answer({ ...facts, capacity: capacityOf(facts) }, app.plan.where) > "i";
  const nearest = (app: PlannedApp, facts: SiteFacts) => {
    const others = all
      .filter((other) => other.id !== facts.id && isPlaced(app, other))
      .map((other) => ({ other, far: kilometres(facts, other) }));
    const least = Math.min(...others.map(({ far }) => far));
    return others.find(({ far }) => far <= least + 1e-6)?.other;
  };
  return new Map(
    all.map((facts) => {
      const derived = {
        capacity: capacityOf(facts),
        late: lateFacts(facts),
        runs: (app: PlannedApp) => isPlaced(app, facts),
        nearest: (app: PlannedApp) => nearest(app, facts),
      };
      const site = Object.assign(Object.create(derived) as object, facts);
      const files: Record<string, string> = {};
      for (const app of apps.filter((each) => isPlaced(each, facts))) {
        const cdk8s = new Cdk8sApp({ resolvers: [new LateText()] });
        const chart = new UnitChart(cdk8s, app.name, { namespace: app.namespace });
        app.build(chart, site as never);
        for (const json of chart.node
          .findAll()
          .filter(ApiObject.isApiObject)
          .map((object) => object.toJson())) {
          const data = Object.fromEntries(Object.keys(json.data ?? {}).map((key) => [key, key.startsWith("late-") ? "\uFDD0" : ""]));
          const name = json.metadata.name.startsWith("late-") ? "\uFDD0" : "";
          files[manifestPath("40-apps", app.name, identityOf(json))] = manifestText(json, { data, metadata: { name } });
        }
      }
      return [facts.id, files];
    }),
  );
}

/** A mistake in the views shows in one of a few fleets; more run where SKERRY_FAULTS=all. */
const FLEETS = triesAll ? 200 : 60;

test("for many random fleets, tracked synth gives each site the same bytes as rendering it by itself", () => {
  let sites = 0;
  let renders = 0;
  fc.assert(
    fc.property(fleetPlans, (plan) => {
      const result = synth(makeFleet(plan), {}, noChecks);
      expect(result.problems).toEqual([]);
      const naive = naively(plan);
      expect(result.trees.map((tree) => tree.site)).toEqual([...naive.keys()]);
      for (const tree of result.trees) {
        const { "plan.json": planText, ...files } = filesOf(tree);
        expect(files).toEqual(naive.get(tree.site));
        const objects = (JSON.parse(planText as string) as { steps: { objects: string[] }[] }).steps.flatMap((step) => step.objects);
        expect(objects.length).toBe(Object.keys(files).length);
      }
      sites += result.units.reduce((sum, unit) => sum + unit.sites, 0);
      renders += result.units.reduce((sum, unit) => sum + unit.renders, 0);
    }),
    { numRuns: FLEETS },
  );
  // Otherwise no decision tree was used and the test proves nothing.
  expect(renders).toBeLessThan(sites * 0.9);
}, 120_000);

test("the order of the inventory's sources does not change any byte", () => {
  fc.assert(
    fc.property(fleetPlans, (plan) => {
      const there = synth(makeFleet(plan), {}, noChecks);
      const back = synth(makeFleet({ ...plan, sites: plan.sites.toReversed() }), {}, noChecks);
      expect(there.trees.length).toBe(plan.sites.length);
      expect(back.trees.map(filesOf)).toEqual(there.trees.map(filesOf));
    }),
    { numRuns: triesAll ? 30 : 12 },
  );
});

test("a fact that no unit reads does not change any tree", () => {
  fc.assert(
    fc.property(fleetPlans, (plan) => {
      const moved = plan.sites.map((site) => ({ ...site, network: { domain: "elsewhere.example" }, reportKey: undefined }));
      const before = synth(makeFleet(plan), {}, noChecks);
      const after = synth(makeFleet({ ...plan, sites: moved }), {}, noChecks);
      expect(before.trees.length).toBe(plan.sites.length);
      expect(after.trees.map(filesOf)).toEqual(before.trees.map(filesOf));
    }),
    { numRuns: triesAll ? 30 : 12 },
  );
});
