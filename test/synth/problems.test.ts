import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { ApiObject, type Chart } from "cdk8s";
import { Construct } from "constructs";
import { addProbe, type App, type Fleet, Layer, type Probe, Profile } from "../../constructs/index.ts";
import type { Problem } from "../../core/index.ts";
import { checkIdentity } from "../../synth/checks/identity.ts";
import { allChecks } from "../../synth/checks/all-checks.ts";
import { synth, type SynthResult } from "../../synth/synth.ts";
import { codes, fileOf, type Labels, makeFleet, settings, synthApp, TestApp, threeSites } from "./small-fleet.ts";

const noChecks = { units: [], sites: [] };
const HERE = "test/synth/problems.test.ts";

class TestLayer extends Layer {
  override build(chart: never): void {
    settings(chart, "layer", {});
  }
}

function synthFleet(add: (fleet: Fleet<Labels>) => void): SynthResult {
  return synth(makeFleet(add), {}, noChecks);
}

function only(result: SynthResult) {
  expect(result.problems).toHaveLength(1);
  return result.problems[0] as SynthResult["problems"][number];
}

function lineAt(problem: SynthResult["problems"][number] | undefined): string | undefined {
  const { file, line } = problem?.at[0] ?? {};
  return readFileSync(file as string, "utf8").split("\n")[(line as number) - 1];
}

const mark = (fleet: Fleet<Labels>, id: string, props: object = {}): App<any> =>
  new TestApp(fleet, id, { run: (chart) => settings(chart, "mark", {}), ...props });

describe("a build", () => {
  test("that throws is one problem with the user's line and the number of sites, and other units are still checked", () => {
    const result = synthFleet((fleet) => {
      mark(fleet, "bad", {
        run: (_: unknown, site: any) => {
          throw new Error(`no rack at ${site.id}`);
        },
      });
      mark(fleet, "worse", { run: () => (undefined as any).length });
    });
    expect(codes(result)).toEqual(["build-failed", "build-failed"]);
    expect(result.problems[0]).toMatchObject({
      message: "build throws: no rack at eddf (at 3 sites, first eddf)",
      at: [{ file: HERE, path: "airports/bad" }],
    });
    expect(lineAt(result.problems[0])).toContain("throw new Error(`no rack");
    expect(lineAt(result.problems[1])).toContain("(undefined as any).length");
    expect(JSON.stringify(result.problems)).not.toContain("node_modules");
    expect(result.trees).toEqual([]);
  });

  test("that throws something other than an Error is reported with it", () => {
    expect(
      only(
        synthApp(() => {
          throw "words";
        }),
      ).message,
    ).toContain("build throws: words");
    expect(
      only(
        synthApp(() => {
          throw null;
        }),
      ).message,
    ).toContain("build throws: null");
  });

  test("that is async is refused, and its rejection does not end the process", async () => {
    const result = synthApp(async () => {
      throw new Error("late");
    });
    expect(codes(result)).toEqual(["async-build"]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test("that writes to facts is refused with its line, even when it catches the exception", () => {
    const writes: ((site: any) => unknown)[] = [
      (site) => site.nodes.sort(() => 0),
      (site) => (site.labels.size = "small"),
      (site) => delete site.labels.size,
      (site) => site.nodes.push({}),
      (site) => Object.assign(site.labels, { a: 1 }),
      (site) => Object.defineProperty(site, "id", { value: "x" }),
      (site) => Object.setPrototypeOf(site.labels, null),
      (site) => (site.extra = 1),
      (site) => Object.freeze(site.nodes),
      (site) => Object.isFrozen(site.nodes),
      (site) => Object.isSealed(site),
      (site) => Object.isExtensible(site.labels),
    ];
    for (const write of writes) {
      const result = synthApp((chart, site) => {
        try {
          write(site);
        } catch {
          // Caught on purpose.
        }
        settings(chart, "mark", {});
      });
      expect(only(result)).toMatchObject({ code: "facts-are-read-only", at: [{ file: HERE, path: "airports/boards" }] });
    }
  });

  test("that clones facts or tests whether they are frozen gets an alternative", () => {
    expect(only(synthApp((_, site) => structuredClone(site.nodes)))).toMatchObject({
      code: "build-failed",
      at: [{ file: HERE }],
      next: "structuredClone cannot clone facts: spread them, or use JSON.parse(JSON.stringify(site.nodes))",
    });
    expect(only(synthApp((_, site) => Object.isFrozen(site.nodes)))).toMatchObject({
      message: "site.nodes was tested for being frozen, sealed or extensible (at 3 sites, first eddf)",
      next: expect.stringContaining("remove the call"),
    });
  });

  test("that prints its site sees the facts", () => {
    let printed = "";
    synthApp((chart, site) => {
      printed = inspect(site, { depth: 4 });
      settings(chart, "mark", {});
    });
    expect(printed).toContain("name: 'Kiel'");
    expect(printed).toMatch(/nodes: \[\s+\{\s+id: 'a'/);
  });

  test("that uses a kept view is refused", () => {
    let kept: any;
    const result = synthApp((chart, site) => {
      settings(chart, `mark-${site.labels.size}-${kept === undefined ? "first" : kept.length}`, {});
      kept = site.nodes;
    });
    expect(only(result)).toMatchObject({
      code: "closed-view",
      // The small airports' build only kept the view; Munich's build used it.
      message: "site.nodes was used after its build had ended (at site eddm)",
    });
  });

  test("with a fault found by two runs is counted once for each site", () => {
    let calls = 0;
    const result = synthApp((chart, site) => settings(chart, "mark", { id: site.late.id, calls: String(calls++) }));
    expect(only(result)).toMatchObject({ code: "impure-build", message: expect.stringMatching(/\(at 3 sites, first eddf\)$/) });
  });

  const impurities: Record<string, () => string> = {
    "the clock": () => String(Date.now()),
    "the year": () => String(new Date().getFullYear()),
    "the hour": () => new Date().toISOString().slice(11, 13),
    "Date as a function": () => Date(),
    randomness: () => String(Math.random()),
    "the environment": () => process.env["PATH"] ?? "none",
    "a counter": () => String(counter++),
  };
  let counter = 0;
  for (const [what, read] of Object.entries(impurities)) {
    test(`that depends on ${what} is found by rendering again`, () => {
      const problem = only(synthApp((chart) => settings(chart, "mark", { value: read() })));
      expect(problem.code).toBe("impure-build");
      expect(problem.message).toContain("first difference at data.value");
      expect(problem.at[0]).toMatchObject({ file: "test/synth/small-fleet.ts", path: "airports/boards/mark" });
    });
  }

  test("that reads other facts after the same values is impure", () => {
    let calls = 0;
    const result = synthApp((chart, site) => settings(chart, "mark", { value: calls++ % 2 === 0 ? site.id : site.name }));
    expect(codes(result)).toContain("impure-build");
  });

  test("runs with clock and environment restored afterwards", () => {
    const { Date: clock } = globalThis;
    const { env } = process;
    synthApp((chart) => settings(chart, "mark", {}));
    expect(globalThis.Date).toBe(clock);
    expect(process.env).toBe(env);
  });

  test("reports cdk8s validations, cycles and values that are not plain data", () => {
    class Picky extends Construct {
      constructor(scope: Construct) {
        super(scope, "picky");
        this.node.addValidation({ validate: () => ["wants more", "wants less"] });
      }
    }
    expect(synthApp((chart) => void new Picky(chart)).problems.map((problem) => [problem.code, problem.at[0]?.path])).toEqual([
      ["invalid-construct", "airports/boards/picky"],
      ["invalid-construct", "airports/boards/picky"],
    ]);
    const cyclic = synthApp((chart) => {
      const [a, b] = ["a", "b"].map((id) => new ApiObject(chart, id, { apiVersion: "v1", kind: "ConfigMap" }));
      a?.addDependency(b as ApiObject);
      b?.addDependency(a as ApiObject);
    });
    expect(only(cyclic).message).toContain("objects depend on each other, among a, b");
    expect(only(synthApp((chart) => settings(chart, "mark", { date: new Date(0) }))).code).toBe("build-failed");
    expect(only(synthApp((chart) => settings(chart, "mark", { call: () => 1 })))).toMatchObject({
      code: "no-plain-data",
      message: expect.stringContaining("data.call: a function is not plain data"),
    });
  });
});

describe("a where", () => {
  test("must return a boolean and must not read derived facts", () => {
    const where = (rule: (site: any) => unknown) =>
      synthFleet((fleet) => [mark(fleet, "everywhere"), mark(fleet, "boards", { where: rule })]);
    expect(only(where((site) => site.window))).toMatchObject({
      code: "where-is-no-boolean",
      message: "where returned a value of type undefined (at 3 sites, first eddf)",
    });
    expect(only(where((site) => site.nodes)).message).toContain("where returned an array");
    expect(only(where((site) => site.runs(mark)))).toMatchObject({ code: "derived-fact-in-where", at: [{ file: HERE }] });
    expect(only(where(async () => true)).code).toBe("async-build");
    expect(only(where((site) => site.late.id > "m")).code).toBe("late-fact-inspected");
  });

  test("must be pure as well", () => {
    const result = synthFleet((fleet) => [
      mark(fleet, "everywhere"),
      mark(fleet, "boards", {
        where: () => new Date().getFullYear() === new Date(Date.now()).getFullYear() && process.env["PATH"] !== undefined,
      }),
    ]);
    expect(only(result)).toMatchObject({
      code: "impure-build",
      message: expect.stringContaining("where gives another result for plain facts"),
    });
  });
});

test("the markers of late facts are refused in a plan's texts as well", () => {
  const consents = [{ remove: "/ConfigMap/boards/old", reason: "a\uFDD00\uFDD1" }];
  expect(codes(synthApp((chart) => settings(chart, "mark", {}), { consents }))).toEqual(["reserved-characters"]);
});

test("a rule that fails causes no follow-up problems for its sites", () => {
  const fails = (site: { readonly id: string }): boolean => {
    if (site.id === "eddm") throw new Error("no");
    return true;
  };
  expect(only(synthFleet((fleet) => mark(fleet, "boards", { where: fails })))).toMatchObject({
    message: "where throws: no (at site eddm)",
  });
  const profiled = synthFleet((fleet) => {
    mark(fleet, "boards");
    (fleet.profiles[0] as any).props = { where: fails };
  });
  expect(only(profiled)).toMatchObject({
    code: "build-failed",
    message: "where throws: no (at site eddm)",
    at: [{ path: "airports/base" }],
  });
});

describe("names and profiles", () => {
  test("are checked in one run, and each clash names both source lines", () => {
    const result = synthFleet((fleet) => {
      mark(fleet, "Boards");
      mark(fleet, "twin");
      mark(fleet, "twin");
      mark(new Construct(fleet, "group") as never, "twin");
      mark(fleet, "constructor");
      new TestLayer(fleet, "loose");
      new Profile(fleet, "BASE");
      new Profile(fleet, "base");
    });
    expect(codes(result).sort()).toEqual([
      "bad-profile-name",
      "bad-unit-name",
      "duplicate-profile-name",
      "duplicate-unit-name",
      "duplicate-unit-name",
      "layer-without-profile",
      "several-profiles",
    ]);
    const twin = result.problems.find(({ code }) => code === "duplicate-unit-name");
    expect(twin?.at).toMatchObject([
      { file: HERE, path: "airports/twin" },
      { file: HERE, path: "airports/twin~" },
    ]);
  });

  test("that two apps share are one problem, also when the apps create the same object", () => {
    for (const second of ["mark", "other"]) {
      const result = synth(
        makeFleet((fleet) => {
          mark(fleet, "twin");
          mark(fleet, "twin", { run: (chart: Chart) => settings(chart, second, {}) });
        }),
        {},
        { units: [], sites: [checkIdentity] },
      );
      expect(only(result)).toMatchObject({ code: "duplicate-unit-name", message: 'two units are named "twin"' });
    }
    const clash = synth(
      makeFleet((fleet) => {
        for (const _ of [1, 2]) mark(fleet, "twin", { namespace: "shared" });
      }),
      {},
      { units: [], sites: [checkIdentity] },
    );
    expect(codes(clash)).toEqual(["duplicate-unit-name", "identity-clash"]);
  });

  test("that are unusual but valid are accepted", () => {
    const result = synthFleet((fleet) => {
      for (const name of ["constructor", "then", "a1", "42"]) mark(fleet, name);
    });
    expect(result.problems).toEqual([]);
    expect(fileOf(result, "eddm", "constructor_mark.yaml")).toContain("namespace: constructor");
  });

  test("a site's profile is its fact, else the only one that matches", () => {
    const profiles = (from: object[], ...where: ((site: any) => boolean)[]) =>
      synth(
        makeFleet((fleet) => {
          mark(fleet, "everywhere");
          where.forEach((rule, index) => new Profile(fleet, `p${index}`, { where: rule }));
          // The profile of the fleet fixture matches no site.
          (fleet.profiles[0] as any).props = { where: () => false };
        }, from as never),
        {},
        noChecks,
      );
    const sites = threeSites();
    expect(
      profiles(
        sites,
        (site) => site.id === "eddm",
        (site) => site.id !== "eddm",
      ).inventory.map(({ profile }) => profile),
    ).toEqual(["p1", "p0", "p1"]);
    expect(only(profiles(sites, (site) => site.id === "eddm")).message).toBe("no profile matches (at 2 sites, first eddf)");
    expect(
      only(
        profiles(
          sites,
          () => true,
          () => true,
        ),
      ).message,
    ).toBe("several profiles match: p0, p1 (at 3 sites, first eddf)");
    const named = sites.map((site) => ({ ...site, profile: site.id === "eddm" ? "bsae" : "base" }));
    expect(only(profiles(named))).toMatchObject({
      code: "unknown-profile",
      next: 'did you mean "base"?',
      at: [{ file: "test/synth/small-fleet.ts" }],
      message: 'the profile "bsae" is not in the fleet (at site eddm)',
    });
  });

  test("units that depend on each other are reported as a cycle", () => {
    const result = synthFleet((fleet) => {
      const [a, b, c] = ["a", "b", "c"].map((id) => mark(fleet, id)) as [App, App, App];
      a.node.addDependency(b);
      b.node.addDependency(c);
      c.node.addDependency(a);
    });
    expect(only(result)).toMatchObject({ code: "dependency-cycle", message: "units depend on each other: a -> b -> c -> a" });
    expect(only(result).at).toHaveLength(3);
  });

  test("a fleet without profiles and one without units are reported with a next step", () => {
    const bare = makeFleet(() => undefined);
    expect(only(synthApp(() => undefined)).code).toBe("empty-site");
    expect(only(synth(bare, {}, noChecks))).toMatchObject({
      code: "empty-site",
      message: "the site would get no objects (at 3 sites, first eddf)",
    });
  });
});

test("apps that no probe asks at any site are one warning, which `probes: []` answers, and a layer needs none", () => {
  const asked: Probe = { tcp: { service: "boards", port: 80 } };
  const made = (add: (fleet: Fleet<Labels>) => void): readonly Problem[] =>
    synth(makeFleet(add), {}, { units: [], sites: [], ...(allChecks.fleet ? { fleet: allChecks.fleet } : {}) }).problems;
  const run = (chart: Chart) => settings(chart, "a", {});
  const problems = made((fleet) => {
    new TestApp(fleet, "silent", { run, namespace: "a" });
    new TestApp(fleet, "boards", { run, namespace: "b", probes: [asked] });
    new TestApp(fleet, "needs-none", { run, namespace: "c", probes: [] });
    new TestApp(fleet, "asked-at-some", {
      namespace: "d",
      run: (chart, site) => {
        settings(chart, "a", {});
        if (site.nodes.length > 1) addProbe(chart, asked);
      },
    });
    new TestApp(fleet, "quiet", { run, namespace: "e" });
    new TestApp(fleet, "nowhere", { run, namespace: "f", where: () => false });
  });
  expect(problems).toMatchObject([
    {
      code: "no-probe",
      severity: "warning",
      message: '2 apps have no probe: "quiet", "silent"',
      at: [{ path: "airports/quiet" }, { path: "airports/silent" }],
      next: expect.stringContaining("probes: []"),
    },
  ]);
});
