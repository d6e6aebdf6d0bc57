import { describe, expect, test } from "@jest/globals";
import { ApiObject } from "cdk8s";
import { addProbe, type Fleet, late, lateAsString, Layer, type Profile, type Site } from "../../constructs/index.ts";
import { readPlan } from "../../wire/index.ts";
import { synth } from "../../synth/synth.ts";
import { why } from "../../synth/explain/why.ts";
import { findProblems, synthesize } from "../../synth/testing.ts";
import { fileOf, type Labels, makeFleet, settings, synthApp, TestApp, threeSites } from "./small-fleet.ts";

const noChecks = { units: [], sites: [] };

class Kinds extends Layer {
  override build(chart: never): void {
    new ApiObject(chart, "crd", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${this.name}.example` },
    });
    settings(chart, this.name, {});
  }
}

class Spaces extends Layer {
  override build(chart: never): void {
    new ApiObject(chart, "space", { apiVersion: "v1", kind: "Namespace", metadata: { name: "boards" } });
  }
}

function planOf(fleet: Fleet<any>, site = "eddm") {
  const result = synth(fleet, {}, noChecks);
  const read = readPlan(Buffer.from(fileOf(result, site, "plan.json")));
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}

describe("a plan", () => {
  test("applies layers in the order of their stack, then apps after their dependencies, then by name", () => {
    const plan = planOf(
      makeFleet((fleet) => {
        const [profile] = fleet.profiles as [Profile];
        new Spaces(profile, "spaces");
        new Kinds(profile, "kinds");
        const [a, b, c] = ["a", "b", "c"].map((id) => new TestApp(fleet, id, { run: (chart) => settings(chart, "mark", {}) })) as [
          TestApp,
          TestApp,
          TestApp,
        ];
        a.node.addDependency(c);
        expect(b.name).toBe("b");
      }),
    );
    expect(plan.steps.map(({ stage, unit, objects }) => `${stage} ${unit} ${objects.join(" ")}`)).toEqual([
      "00-crds kinds apiextensions.k8s.io/CustomResourceDefinition//kinds.example",
      "10-base spaces /Namespace//boards",
      "30-addons kinds /ConfigMap//kinds",
      "40-apps b /ConfigMap/b/mark",
      "40-apps c /ConfigMap/c/mark",
      "40-apps a /ConfigMap/a/mark",
    ]);
    expect(plan.kubernetes).toBe("1.36");
  });

  test("keeps the order of layers even when one depends on an app", () => {
    const plan = planOf(
      makeFleet((fleet) => {
        const [profile] = fleet.profiles as [Profile];
        const app = new TestApp(fleet, "app", { run: (chart) => settings(chart, "mark", {}) });
        new Kinds(profile, "lower").node.addDependency(app);
        new Kinds(profile, "above");
      }),
    );
    expect(plan.steps.filter(({ stage }) => stage === "30-addons").map(({ unit }) => unit)).toEqual(["lower", "above"]);
  });

  test("applies an object after its dependencies, else by kind", () => {
    const result = synthApp((chart) => {
      const [job, map] = [
        new ApiObject(chart, "a", { apiVersion: "batch/v1", kind: "Job", metadata: { name: "a" } }),
        new ApiObject(chart, "z", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "z" } }),
      ];
      map.addDependency(job);
      settings(chart, "first", {});
    });
    expect(fileOf(result, "eddm", "plan.json")).toContain(
      '"objects":["/ConfigMap/boards/first","batch/Job/boards/a","/ConfigMap/boards/z"]',
    );
  });

  test("holds the unit's props and the probes that its build adds", () => {
    const props = {
      serviceAccount: "boards/deployer",
      dataVersion: 3,
      deadlineSeconds: 900,
      quietSeconds: 0,
      probes: [{ tcp: { service: "db", port: 5432 } }],
    };
    const plan = planOf(
      makeFleet(
        (fleet) =>
          new TestApp(fleet, "boards", {
            ...props,
            run: (chart, site) => {
              settings(chart, "mark", {});
              if (site.nodes.length > 1) addProbe(chart, { http: { namespace: "web", service: "boards", port: 80, path: "/" } });
            },
          }),
      ),
    );
    expect(plan.units["boards"]).toEqual({
      kind: "app",
      serviceAccount: "boards/deployer",
      dataVersion: 3,
      deadlineSeconds: 900,
      quietSeconds: 0,
      probes: [
        { tcp: { namespace: "boards", service: "db", port: 5432 } },
        { http: { namespace: "web", service: "boards", port: 80, path: "/" } },
      ],
    });
  });

  test("is checked by the agent's reader, with the field's path", () => {
    const result = synthApp((chart) => settings(chart, "mark", {}), { deadlineSeconds: 0 });
    expect(result.problems[0]).toMatchObject({ code: "bad-plan", message: expect.stringContaining("units.boards.deadlineSeconds") });
  });

  test("reports two owners of one object once", () => {
    const clashing = makeFleet((fleet) => {
      for (const id of ["a", "b"])
        new TestApp(fleet, id, { namespace: "default", probes: [], run: (chart) => settings(chart, "mark", {}) });
    });
    expect(findProblems(clashing).map(({ code, message }) => [code, message])).toEqual([
      ["identity-clash", "/ConfigMap/default/mark is created by airports/a/mark and by airports/b/mark (at 3 sites, first eddf)"],
    ]);
  });

  test("holds the consents that apply, and refuses one whose object still exists", () => {
    const consent = { remove: "/ConfigMap/boards/old", reason: "moved" };
    const fleet = (where?: (site: any) => boolean) =>
      makeFleet((made) => {
        new TestApp(made, "boards", {
          consents: [{ ...consent, ...(where && { where }) }],
          run: (chart, site) => settings(chart, site.labels.size === "large" ? "old" : "new", {}),
        });
      });
    expect(
      planOf(
        fleet((site) => site.labels.size === "small"),
        "eddf",
      ).consents,
    ).toEqual([consent]);
    expect(
      planOf(
        fleet((site) => site.labels.size === "small"),
        "eddm",
      ).consents,
    ).toEqual([]);
    // They differ only in the consent.
    const alike = makeFleet(
      (made) =>
        new TestApp(made, "boards", {
          consents: [{ ...consent, where: (site) => site.id === "eddf" }],
          run: (chart) => settings(chart, "mark", {}),
        }),
    );
    expect(["eddf", "eddm"].map((site) => planOf(alike, site).consents.length)).toEqual([1, 0]);
    const refused = synth(fleet(), {}, noChecks).problems;
    expect(refused).toMatchObject([
      { code: "bad-plan", message: expect.stringContaining('"/ConfigMap/boards/old" is: its consent has ended (at site eddm)') },
    ]);
  });

  test("is shared by all sites with the same window", () => {
    const from = threeSites().map((site) => ({
      ...site,
      window: { cron: "0 2 * * *", minutes: 60 },
      timeZone: site.id === "eddm" ? "Asia/Tokyo" : "UTC",
    }));
    const result = synth(
      makeFleet((fleet) => new TestApp(fleet, "boards", { run: (chart) => settings(chart, "mark", {}) }), from),
      {},
      noChecks,
    );
    expect(new Set(result.trees.map(({ shape }) => shape)).size).toBe(2);
    expect(fileOf(result, "eddm", "plan.json")).toContain('"window":{"cron":"0 2 * * *","minutes":60,"timeZone":"Asia/Tokyo"}');
  });
});

describe("explain and why", () => {
  const build = (chart: never, site: Site<Labels>): void => {
    settings(chart, "settings", { size: site.labels.size, id: site.late.id });
    new ApiObject(chart, "late", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: lateAsString(late`air-${site.late.id}`) } });
  };
  const result = synth(
    makeFleet((fleet) => [
      new TestApp(fleet, "boards", { run: build as never, where: (site) => site.capacity.nodes < 3 }),
      new TestApp(fleet, "ids", { run: (chart, site) => settings(chart, "settings", { seen: site.id > "" }) }),
    ]),
    {},
    noChecks,
  );

  test("name the fact that causes many renders and the number of results", () => {
    expect(result.units.map(({ unit, sites, renders, results, causes }) => ({ unit, sites, renders, results, causes }))).toEqual([
      { unit: "ids", sites: 3, renders: 3, results: 1, causes: [{ fact: "id", values: 3, isAbsentAtSome: false }] },
      { unit: "boards", sites: 3, renders: 2, results: 2, causes: [{ fact: "labels.size", values: 2, isAbsentAtSome: false }] },
    ]);
    expect(result.units[1]?.source?.file).toBe("test/synth/result.test.ts");
  });

  test("name a fact that is missing at some sites as a cause", () => {
    const [munich, ...others] = threeSites();
    const window = { cron: "0 2 * * *", minutes: 60 };
    const causesOf = (ask: (site: any) => unknown) => {
      const fleet = makeFleet(
        (made) => void new TestApp(made, "a", { run: (chart, site) => settings(chart, "mark", { a: ask(site) }) }),
        [{ ...(munich as object), window } as never, ...others],
      );
      const { units, problems } = synth(fleet, {}, noChecks);
      expect(problems).toEqual([]);
      return units[0]?.causes;
    };
    const byWindow = [{ fact: "window", values: 2, isAbsentAtSome: true }];
    expect(causesOf((site) => (site.window ? "some" : "none"))).toEqual(byWindow);
    expect(causesOf((site) => site.window?.cron ?? "none")).toEqual(byWindow);
    expect(causesOf((site) => site.late.window?.cron ?? "none")).toEqual([{ fact: "late.window", values: 2, isAbsentAtSome: true }]);
  });

  test("write reads in the syntax of code", () => {
    const read = (build: (site: any) => unknown) => {
      const asked = synthApp((chart, site) => settings(chart, "mark", { seen: String(build(site)) }));
      return (why(asked, "eddm", "ConfigMap") as { origins: readonly { builtBy: unknown }[] }).origins[0]?.builtBy;
    };
    expect(read((site) => Object.hasOwn(site, "window"))).toEqual([{ fact: "window", value: undefined }]);
    expect(read((site) => "window" in site)).toEqual([{ fact: '"window" in site', value: false }]);
    expect(read((site) => site.nodes[1].gpus.length)).toEqual([{ fact: "nodes[1].gpus.length", value: 0 }]);
    expect(read((site) => Object.keys(site.labels).length > 9)).toContainEqual({ fact: "keys of labels", value: "scheduled, size" });
    expect(read((site) => site.capacity.cpu)).toEqual([{ fact: "capacity.cpu", value: 8 }]);
    expect(read((site) => !!site.level)).toEqual([{ fact: "level", value: undefined, shape: "list" }]);
  });

  test("show an object's origin and exactly the facts that determined it", () => {
    expect(why(result, "eddf", "ConfigMap/air-eddf")).toMatchObject({
      origins: [
        {
          object: "/ConfigMap/boards/air-eddf",
          unit: "boards",
          kind: "app",
          profile: "base",
          path: "airports/boards/late",
          stage: "40-apps",
          sharedBy: 2,
          placedBy: [{ fact: "capacity.nodes", value: 1 }],
          builtBy: [{ fact: "labels.size", value: "small" }],
          late: [{ fact: "id", value: "eddf" }],
        },
      ],
    });
    expect(why(result, "eddx", "ConfigMap")).toBeUndefined();
    const meant = (object: string) => (why(result, "eddf", object) as { nearest?: unknown }).nearest;
    expect(meant("/ConfigMap/boards/setings")).toEqual(["/ConfigMap/boards/settings"]);
    expect(meant("air-eddf")).toEqual(["ConfigMap/air-eddf"]);
    expect(meant("configmap")).toEqual(["ConfigMap/settings", "ConfigMap/air-eddf", "ConfigMap/settings"]);
    expect(meant("ConfigMap/setting")).toEqual(["ConfigMap/settings"]);
    expect(meant("x")).toEqual([]);
    expect(why(result, "eddf", "ConfigMap/settings")).toMatchObject({ origins: [{ unit: "boards" }, { unit: "ids" }] });
  });

  test("give the sites that run an app and the nearest of them", () => {
    const from = [
      ["a1", 10, 10],
      ["b2", 11, 10],
      ["c3", 11, 10],
      ["d4", 19, 19],
    ].map(([id, latitude, longitude]) => ({
      ...(threeSites()[0] as object),
      id,
      location: { latitude, longitude },
    }));
    let hub: TestApp | undefined;
    const asked = synth(
      makeFleet((fleet) => {
        hub = new TestApp(fleet, "hub", { where: (site) => site.id !== "a1", run: (chart) => settings(chart, "mark", {}) });
        new TestApp(fleet, "leaf", {
          run: (chart, site) =>
            settings(chart, "near", { near: site.nearest(hub as TestApp)?.id ?? "none", runs: String(site.runs(hub as TestApp)) }),
        });
      }, from as never),
      {},
      noChecks,
    );
    expect(asked.problems).toEqual([]);
    const near = (id: string) =>
      fileOf(asked, id, "near.yaml")
        .match(/near: (.*)\n {2}runs: (.*)/)
        ?.slice(1);
    // b2 and c3 have the same location: the lower id is the nearest, and no site is its own neighbour.
    expect(["a1", "b2", "c3", "d4"].map(near)).toEqual([
      ["b2", '"false"'],
      ["c3", '"true"'],
      ["b2", '"true"'],
      ["b2", '"true"'],
    ]);
    expect(asked.units.find(({ unit }) => unit === "leaf")?.renders).toBe(3);
  });
});

describe("skerry/testing", () => {
  const fleet = makeFleet(
    (made) =>
      new TestApp(made, "boards", {
        namespace: "default",
        run: (chart, site) => settings(chart, "settings", { nodes: String(site.nodes.length), id: site.late.id }),
      }),
  );
  const airports = synthesize(fleet);

  test("gives sites and objects by selectors", () => {
    expect(airports.sites("size=small").ids).toEqual(["eddf", "edhk-kiel"]);
    expect(airports.sites((site) => site.nodes.length > 1).ids).toEqual(["eddm"]);
    expect(airports.site("eddm").object("ConfigMap/settings").data.id).toBe("eddm");
    expect(airports.site("eddm").units).toEqual(["boards"]);
    expect(airports.site("eddm").profile).toBe("base");
    expect(airports.site("eddm").has("Deployment")).toBe(false);
    expect(Object.keys(airports.site("eddm").files())).toEqual(["plan.json", "manifests/40-apps/boards/configmap_default_settings.yaml"]);
    expect(
      airports
        .sites()
        .objects("ConfigMap")
        .map(({ sites }) => sites),
    ).toEqual([["eddf"], ["eddm"], ["edhk-kiel"]]);
    expect(airports.renders("boards")).toBe(2);
  });

  test("names the failed sites", () => {
    const failing = () => airports.sites().each((site) => expect(site.object("ConfigMap/settings").data.nodes).toBe("2"));
    expect(failing).toThrow(/^2 of 3 sites fail: eddf, edhk-kiel\nat eddf: expect/);
    airports.sites("size=large").each((site) => expect(site.object("ConfigMap").data.nodes).toBe("2"));
  });

  test("throws when a selection is empty or a name is unknown", () => {
    expect(() => airports.sites("size=lrage")).toThrow(/large/);
    expect(() => airports.sites(() => false)).toThrow("no site is selected");
    expect(() => airports.site("eddm").object("ConfigMap/setings")).toThrow(
      'eddm has no object "ConfigMap/setings"; the nearest is "ConfigMap/settings"',
    );
  });

  test("throws once with all problems of a fleet", () => {
    const bad = makeFleet(
      (made) =>
        new TestApp(made, "Boards", {
          run: () => {
            throw new Error("no");
          },
        }),
    );
    expect(() => synthesize({ default: bad })).toThrow(
      /the fleet has 2 problems:\n {2}bad-unit-name: .*\n {4}at test\/synth\/result.test.ts:\d+:\d+ airports\/Boards\n/,
    );
    expect(findProblems(bad).map(({ code }) => code)).toEqual(["bad-unit-name", "build-failed"]);
  });
});
