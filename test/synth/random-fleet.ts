import { ApiObject, type Chart, Lazy } from "cdk8s";
import fc from "fast-check";
import { z } from "zod";
import { App, type AppProps, Fleet, type Late, late, lateAsString, Profile, type Site } from "../../constructs/index.ts";
import { inventory, type SiteInput, sites } from "../../sites/index.ts";

/** A read of a site as data, so that fast-check can shrink it. */
export interface Ask {
  readonly path: readonly string[];
  readonly how: keyof typeof HOWS;
}

/** One entry of a ConfigMap: text from a fact, or text with a late fact. */
export type Entry = { readonly ask: Ask; readonly lazily: boolean } | { readonly latePath: readonly string[]; readonly before: string };

export interface ObjectPlan {
  readonly onlyIf: Ask | undefined;
  readonly entries: readonly Entry[];
  readonly lateName: boolean;
}

export interface UnitPlan {
  readonly where: Ask | undefined;
  readonly objects: readonly ObjectPlan[];
  /** Index of another unit that `build` reads about. */
  readonly asksAbout: number | undefined;
}

export interface FleetPlan {
  readonly sites: readonly SiteInput[];
  readonly units: readonly UnitPlan[];
}

type Value = any;

const HOWS = {
  json: (v: Value) => JSON.stringify(v) ?? "none",
  truth: (v: Value) => String(!!v),
  length: (v: Value) => String(v?.length ?? "none"),
  keys: (v: Value) => (typeof v === "object" && v !== null ? Object.keys(v).join() : typeof v),
  has: (v: Value) => (typeof v === "object" && v !== null ? String("size" in v && !("constructor" in Object(v.size))) : "no"),
  sum: (v: Value) =>
    Array.isArray(v) ? String(v.map((inner) => (inner.cpu ?? 1) as number).reduce((a: number, b: number) => a + b, 0)) : "0",
  first: (v: Value) => (Array.isArray(v) ? String(v.indexOf(v[0])) : "0"),
  sorted: (v: Value) =>
    Array.isArray(v)
      ? [...v]
          .map((inner) => JSON.stringify(inner))
          .sort()
          .join()
      : "0",
  spread: (v: Value) => (typeof v === "object" && v !== null ? JSON.stringify({ ...v, extra: 1 }) : "0"),
};

export function answer(site: Value, { path, how }: Ask): string {
  return HOWS[how](path.reduce<Value>((at, key) => at?.[key], site));
}

const text = (choices: readonly string[]) => fc.constantFrom(...choices);
const labels = fc.record(
  {
    size: text(["large", "medium", "small", ""]),
    "a.b": fc.boolean(),
    "x/y": text(["x", "y"]),
    tags: fc.array(text(["p", "q"]), { maxLength: 2 }),
    rank: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ["size"] },
);
const node = fc.record({
  cpu: fc.integer({ min: 1, max: 3 }),
  gpus: fc.array(fc.constant({ vendor: "nvidia", model: "t4" }), { maxLength: 1 }),
});
const site = fc.record(
  {
    name: fc.oneof(
      text(['München "Süd"', "a\\b", "x", "Long name with spaces and ünïcode"]),
      fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" }),
    ),
    level: fc.tuple(text(["eu", "na"]), text(["de", "us"])),
    location: fc.record({ latitude: fc.integer({ min: 1, max: 4 }), longitude: fc.integer({ min: 1, max: 4 }) }),
    timeZone: text(["UTC", "Europe/Berlin"]),
    labels,
    nodes: fc.array(node, { minLength: 1, maxLength: 3 }),
    window: fc.constantFrom(undefined, { cron: "0 2 * * *", minutes: 60 }, { cron: "0 3 * * *", minutes: 90 }),
    neighbours: fc.constant(undefined),
  },
  { requiredKeys: ["name", "level", "location", "timeZone", "labels", "nodes"] },
);
const fleetSites = fc
  .uniqueArray(
    fc.oneof(
      text(["constructor", "then"]),
      fc.stringMatching(/^[a-z][a-z0-9]{2,6}$/).filter((id) => !/^(con|prn|aux|nul|(com|lpt)[0-9])$/.test(id)),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .chain((ids) => fc.tuple(...ids.map((id) => site.map((facts) => siteInput(id, facts)))).map((all) => all as SiteInput[]));

function siteInput(id: string, { nodes, name, ...facts }: Value): SiteInput {
  const machines = nodes.map((machine: Value, index: number) => ({
    id: `n${index}`,
    role: "server",
    arch: "amd64",
    memory: "8Gi",
    ...machine,
  }));
  return { id, name: name.trim() === "" ? "x" : name.trim(), ...facts, nodes: machines };
}

const PATHS = [
  "id",
  "name",
  "level",
  "labels",
  "labels size",
  "labels a.b",
  "labels x/y",
  "labels tags",
  "nodes",
  "nodes 0 gpus",
  "nodes 1",
  "window",
  "window cron",
  "location latitude",
  "timeZone",
  "capacity gpus",
  "capacity cpu",
  "profile",
  "link",
];
const ask = fc.record({
  path: text(PATHS).map((path) => path.split(" ")),
  how: fc.constantFrom(...(Object.keys(HOWS) as (keyof typeof HOWS)[])),
});
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ ask, lazily: fc.boolean() }),
  fc.record({
    latePath: text(["id", "name", "labels size", "window cron", "location latitude", "nodes 0 id", "level 1", "labels x/y"]).map((path) =>
      path.split(" "),
    ),
    before: text(["", "air-", '"q" ']),
  }),
);
const object = fc.record({
  onlyIf: fc.option(ask, { nil: undefined }),
  entries: fc.array(entry, { maxLength: 4 }),
  lateName: fc.boolean(),
});
const unit = fc.record({
  where: fc.option(ask, { nil: undefined }),
  objects: fc.array(object, { maxLength: 3 }),
  asksAbout: fc.option(fc.nat(3), { nil: undefined }),
});

export const fleetPlans: fc.Arbitrary<FleetPlan> = fc.record({
  sites: fleetSites,
  // The first unit is placed everywhere, so that no site is empty.
  units: fc
    .tuple(
      unit.map((first) => ({ ...first, where: undefined })),
      fc.array(unit, { maxLength: 3 }),
    )
    .map(([first, rest]) => [first, ...rest]),
});

export class PlannedApp extends App<AppProps<any>> {
  readonly plan: UnitPlan;
  asksAbout: PlannedApp | undefined;

  constructor(fleet: Fleet, index: number, plan: UnitPlan) {
    const { where } = plan;
    super(fleet, `unit-${index}`, where === undefined ? {} : { where: (site) => answer(site, where) > "i" });
    this.plan = plan;
  }

  override build(chart: Chart, site: Site<any>): void {
    new ApiObject(chart, "mark", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mark" }, data: this.#derived(site) });
    for (const [index, planned] of this.plan.objects.entries()) {
      if (planned.onlyIf !== undefined && answer(site, planned.onlyIf).length % 2 === 0) continue;
      const name = planned.lateName ? lateAsString(late`late-${index}-${site.late.id}`) : `plain-${index}`;
      const data = Object.fromEntries(planned.entries.map((entry, at) => this.#entry(site, entry, at)));
      new ApiObject(chart, `object-${index}`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
    }
  }

  #derived(site: Site<any>): object {
    const { asksAbout } = this;
    if (asksAbout === undefined) return {};
    const nearest = site.nearest(asksAbout);
    return { runs: String(site.runs(asksAbout)), nearest: nearest?.id ?? "none", size: nearest?.labels.size ?? "none" };
  }

  #entry(site: Site<any>, entry: Entry, at: number): [string, unknown] {
    if ("ask" in entry) return [`key-${at}`, entry.lazily ? Lazy.any({ produce: () => answer(site, entry.ask) }) : answer(site, entry.ask)];
    const fact = entry.latePath.reduce<Value>((value, key) => value?.[key], site.late) as Late | undefined;
    return fact === undefined ? [`absent-${at}`, late`none`] : [`late-${at}`, late`${entry.before}${fact}!`];
  }
}

export function makeFleet(plan: FleetPlan): Fleet {
  const fleet = new Fleet("random", { sites: inventory({ labels: z.record(z.string(), z.any()), from: [sites([...plan.sites])] }) });
  new Profile(fleet, "base");
  const apps = plan.units.map((unit, index) => new PlannedApp(fleet, index, unit));
  for (const app of apps) app.asksAbout = app.plan.asksAbout === undefined ? undefined : apps[app.plan.asksAbout];
  return fleet;
}
