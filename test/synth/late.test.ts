import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { ApiObject, JsonPatch, Lazy } from "cdk8s";
import { late, lateAsString, type Site } from "../../constructs/index.ts";
import type { SiteInput } from "../../sites/index.ts";
import { synth } from "../../synth/synth.ts";
import { codes, fileOf, filesOf, type Labels, makeFleet, settings, synthApp, TestApp, threeSites } from "./small-fleet.ts";

describe("a late fact", () => {
  test("is filled in after one render, escaped for its place", () => {
    const result = synthApp((chart, site) =>
      settings(chart, "settings", {
        label: site.late.name,
        host: late`air-${site.late.id}.example`,
        both: late`${late`"${site.late.id}"`}\n${site.late.name}`,
      }),
    );
    expect(result.problems).toEqual([]);
    expect(result.units[0]).toMatchObject({ renders: 1, results: 1 });
    expect(new Set(result.trees.map((tree) => tree.shape)).size).toBe(1);
    expect(fileOf(result, "eddm", "settings.yaml")).toContain(
      '  both: "\\"eddm\\"\\nMünchen"\n  host: "air-eddm.example"\n  label: "München"\n',
    );
    expect(fileOf(result, "edhk-kiel", "settings.yaml")).toContain('  host: "air-edhk-kiel.example"\n  label: "Kiel"\n');
  });

  test("may be an object's name, which makes file name and plan late as well", () => {
    const result = synthApp((chart, site) => settings(chart, lateAsString(late`air-${site.late.id}`) as never, {}));
    // The package `constructs` inspects construct ids.
    expect(codes(result)).toEqual(["late-fact-inspected"]);
    const named = synthApp(
      (chart, site) =>
        void new ApiObject(chart, "a", {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: lateAsString(late`air-${site.late.id}`) },
        }),
    );
    expect(named.problems).toEqual([]);
    const files = filesOf(named.trees[1] as never);
    expect(Object.keys(files)).toEqual(["plan.json", "manifests/40-apps/boards/configmap_boards_air-eddm.yaml"]);
    expect(files["plan.json"]).toContain('"objects":["/ConfigMap/boards/air-eddm"]');
    expect(new Set(named.trees.map((tree) => tree.shape)).size).toBe(1);
  });

  test("of a fact that some sites lack separates these sites from the others", () => {
    const result = synthApp((chart, site) =>
      settings(chart, "settings", { window: site.late.window === undefined ? "none" : site.late.window.cron }),
    );
    expect(result.problems).toEqual([]);
    expect(result.units[0]?.renders).toBe(1);
    expect(fileOf(result, "eddm", "settings.yaml")).toContain("window: none");
  });

  test("cannot be compared by resolving its object before synth does so", () => {
    const peeks: Record<string, (object: ApiObject) => string> = {
      "in build": (object) => (object.toJson().data.a === "eddm" ? "yes" : "no"),
      "in a lazy value": (object) => Lazy.any({ produce: () => (object.toJson().data.a === "eddm" ? "yes" : "no") }),
      "through metadata": (object) => (object.metadata.toJson()?.labels.a === "eddm" ? "yes" : "no"),
    };
    const ownPeeks: Record<string, (own: () => ApiObject) => unknown> = {
      "in a lazy value of its own": (own) => Lazy.any({ produce: () => (own().metadata.toJson().labels.a === "eddm" ? "yes" : "no") }),
      "in a lazy value that resolves the whole": (own) =>
        Lazy.any({ produce: () => (own().toJson().metadata.labels.a === "eddm" ? "y" : "n") }),
      "in a token": (own) => ({ resolve: () => String(own().metadata.toJson().labels.a === "eddm") }),
      "in a getter": (own) => ({
        get seen() {
          return String(own().metadata.toJson().labels.a === "eddm");
        },
      }),
    };
    for (const [how, peek] of Object.entries(ownPeeks)) {
      const result = synthApp((chart, site) => {
        const metadata = { name: "a", labels: { a: lateAsString(site.late.id) } };
        const own: ApiObject = new ApiObject(chart, "a", { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: peek(() => own) } });
      });
      expect([how, codes(result)[0]]).toEqual([how, "late-fact-inspected"]);
    }
    const inMetadata = synthApp((chart, site) => {
      // Inspecting resolves the same value again, so it is done only once.
      let isLooking = false;
      const look = (): string => ((isLooking = true), String(own.metadata.toJson().labels.a === "eddm"));
      const seen = Lazy.any({ produce: () => (isLooking ? "no" : look()) });
      const metadata = { name: "a", labels: { a: lateAsString(site.late.id) } };
      const own: ApiObject = new ApiObject(chart, "a", { apiVersion: "v1", kind: "ConfigMap", metadata });
      own.metadata.add("seen", { once: [seen] });
    });
    expect(codes(inMetadata)[0]).toBe("late-fact-inspected");
    // A producer may pass a late fact on.
    const handed = synthApp((chart, site) =>
      settings(chart, "settings", { a: Lazy.any({ produce: () => site.late.id }), b: { resolve: () => late`x-${site.late.id}` } }),
    );
    expect(handed.problems).toEqual([]);
    expect(fileOf(handed, "eddm", "settings.yaml")).toContain('  a: "eddm"\n  b: "x-eddm"\n');
    for (const [how, peek] of Object.entries(peeks)) {
      const result = synthApp((chart, site) => {
        const metadata = { name: "a", labels: { a: lateAsString(site.late.id) } };
        const looked = new ApiObject(chart, "a", { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: site.late.id } });
        settings(chart, "settings", { answer: peek(looked) });
      });
      expect([how, codes(result)[0]]).toEqual([how, "late-fact-inspected"]);
    }
  });

  test("cannot be built from undefined, null, booleans or objects", () => {
    for (const [odd, word] of [
      [undefined, "undefined"],
      [null, "null"],
      [true, "true"],
      [{}, "an object"],
    ] as const) {
      const result = synthApp((chart, site) => settings(chart, "settings", { a: late`${site.late.id}-${odd as never}` }));
      expect(result.problems).toMatchObject([{ code: "build-failed", at: [{ file: "test/synth/late.test.ts" }] }]);
      expect(result.problems[0]?.message).toContain(`not ${word} (at 3 sites`);
    }
  });

  test("does not change a loop over the site's keys", () => {
    const result = synthApp((chart, site) => {
      const keys: string[] = [];
      for (const key in site) keys.push(key);
      settings(chart, "settings", { keys: keys.join() });
    });
    expect(result.problems).toEqual([]);
  });

  const inspections: Record<string, (site: Site<Labels>) => unknown> = {
    "joined by +": (site) => "air-" + site.late.id,
    "in a template string": (site) => `air-${site.late.id}`,
    "by String()": (site) => String(site.late.id),
    "by toString": (site) => (site.late.id as any).toString(),
    "by valueOf": (site) => (site.late.id as any).valueOf(),
    "as a number": (site) => Number(site.late.location.latitude),
    "by JSON.stringify": (site) => JSON.stringify({ id: site.late.id }),
    "by its length": (site) => (site.late.id as any).length,
    "by an index": (site) => (site.late.id as any)[0],
    "by pad": (site) => (site.late.id as any).padEnd(20),
    "by concat": (site) => "a".concat(site.late.id as any),
    "by an ordering": (site) => (site.late.id as any) < "m",
    // oxlint-disable-next-line eqeqeq
    "by loose equality": (site) => (site.late.id as any) == "eddm",
    "as base64": (site) => Buffer.from(site.late.id as any).toString("base64"),
    "as a key": (site) => ({ [site.late.id as any]: 1 }),
    "by a pattern": (site) => /e/.test(site.late.id as any),
    "in a list's join": (site) => [site.late.id].join(),
    "by spreading": (site) => [...(site.late.id as any)],
    "by copying": (site) => ({ ...(site.late.id as any) }),
    "as true or false": (site) => (site.late.labels as any).scheduled,
  };
  for (const [how, inspect] of Object.entries(inspections)) {
    test(`is refused ${how}, even when the exception is caught`, () => {
      const result = synthApp((chart, site) => {
        try {
          inspect(site);
        } catch {
          // Caught on purpose.
        }
        settings(chart, "settings", {});
      });
      expect(codes(result)[0]).toMatch(/^(late-fact-inspected|build-failed)$/);
      expect(result.problems[0]?.at[0]?.file).toBe("test/synth/late.test.ts");
      expect(result.trees).toEqual([]);
    });
  }

  test("never equals a string by ===, at any site; only the types can refuse the comparison", () => {
    const answers = synthApp((chart, site) => {
      // @ts-expect-error an object cannot be compared with a string
      const isMunich = site.late.id === "eddm";
      settings(chart, "settings", { id: site.late.id, isMunich: String(isMunich) });
    });
    // Also in the direct render of Munich, where the fact is an object as well.
    expect(answers.problems).toEqual([]);
    for (const site of ["eddf", "eddm", "edhk-kiel"]) expect(fileOf(answers, site, "settings.yaml")).toContain('isMunich: "false"');
    const listed = synthApp((chart, site) => settings(chart, "settings", { listed: String(["eddm"].includes(site.late.id as never)) }));
    expect(listed.problems).toEqual([]);
    expect(fileOf(listed, "eddm", "settings.yaml")).toContain('listed: "false"');
  });

  test("cannot be hashed, which Node refuses", () => {
    const result = synthApp((_, site) => createHash("sha256").update(site.late.id as never));
    expect(codes(result)).toEqual(["build-failed"]);
  });

  test("is refused in kind, apiVersion, namespace and JSON patches", () => {
    const object = (fields: object) =>
      synthApp((chart, site) => void new ApiObject(chart, "a", { apiVersion: "v1", kind: "ConfigMap", ...(fields as any)(site) }));
    expect(codes(object((site: Site<Labels>) => ({ kind: site.late.id, metadata: { name: "a" } })))).toEqual(["late-fact-refused"]);
    expect(codes(object((site: Site<Labels>) => ({ apiVersion: site.late.id })))).toEqual(["late-fact-inspected"]);
    expect(codes(object((site: Site<Labels>) => ({ metadata: { namespace: site.late.id } })))).toEqual(["late-fact-refused"]);
    const patched = synthApp((chart, site) =>
      new ApiObject(chart, "a", { apiVersion: "v1", kind: "ConfigMap" }).addJsonPatch(JsonPatch.add("/data", { id: site.late.id })),
    );
    expect(codes(patched)).toEqual(["late-fact-inspected"]);
  });

  test("that a construct inspects in spite of the resolver is found by the direct render", () => {
    for (const change of [
      (text: string) => Buffer.from(text).toString("base64"),
      (text: string) => String(text.length),
      (text: string) => text.padEnd(40, "x"),
      (text: string) => text.slice(0, 4),
    ]) {
      class Nosy extends ApiObject {
        override toJson(): unknown {
          const json = super.toJson();
          return { ...json, data: { id: change(json.data.id) } };
        }
      }
      const result = synthApp(
        (chart, site) =>
          void new Nosy(chart, "a", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { id: site.late.id } }),
      );
      expect(codes(result)).toContain("impure-build");
      expect(result.problems[0]?.message).toContain("first difference at data.id");
    }
  });

  test("that a construct truncates at one site only is found at any position", () => {
    class Cut extends ApiObject {
      override toJson(): unknown {
        const json = super.toJson();
        return { ...json, data: { id: json.data.id.slice(0, 6) } };
      }
    }
    const from = [...threeSites(), { ...(threeSites()[0] as SiteInput), id: "zzzz" }];
    const run = (chart: never, site: Site<Labels>) =>
      void new Cut(chart, "a", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { id: site.late.id } });
    const result = synth(
      makeFleet((fleet) => new TestApp(fleet, "boards", { run: run as never }), from),
      {},
      { units: [], sites: [] },
    );
    expect(result.problems).toMatchObject([{ code: "impure-build", message: expect.stringContaining("first edhk-kiel") }]);
  });

  test("is compared by a direct render even when all sites have equal lengths", () => {
    // All ids have one length: the texts differ, but the marker's length does not.
    const result = synthApp((chart, site) => settings(chart, "settings", { id: Lazy.any({ produce: () => site.late.id }) }));
    expect(result.problems).toEqual([]);
  });

  test("cannot be forged: marker characters are refused in a user's text", () => {
    for (const text of ["\uFDD00\uFDD1", "a\uFDD0", "\uFDD1"]) {
      expect(codes(synthApp((chart) => settings(chart, "settings", { text })))).toEqual(["reserved-characters"]);
      expect(codes(synthApp((chart, site) => settings(chart, "settings", { text, id: site.late.id })))[0]).toMatch(
        /reserved-characters|impure-build/,
      );
    }
  });

  test("kept from one build and used in another is refused", () => {
    let kept: unknown;
    const result = synthApp((chart, site) => {
      kept ??= site.late.id;
      settings(chart, `settings-${site.labels.size}`, { id: kept });
    });
    expect(codes(result)).toContain("closed-view");
  });

  test("in a name must give a valid and unique name at every site", () => {
    const named = (name: (site: Site<Labels>) => unknown) =>
      synthApp((chart, site) => {
        settings(chart, "eddm-a", {});
        new ApiObject(chart, "late", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: name(site) as string } });
      });
    expect(codes(named((site) => site.late.name))).toContain("bad-late-name");
    expect(codes(named((site) => late`${site.late.id}-a`))).toEqual(["late-name-clash"]);
    expect(named((site) => late`${site.late.id}-a`).problems[0]?.message).toContain("(at site eddm)");
    expect(codes(named((site) => late`${site.late.id}-${"x".repeat(190)}`))).toEqual(["late-name-too-long"]);
  });
});
