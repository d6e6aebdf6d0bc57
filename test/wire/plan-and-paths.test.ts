import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalDocument, limits, type ObjectRef, tryParseObjectRef } from "../../core/index.ts";
import {
  type DigestLine,
  digestLine,
  type InventoryLine,
  inventoryLine,
  manifestFileName,
  manifestPath,
  type Plan,
  readDigestFile,
  readInventoryFile,
  readPlan,
  releaseSignaturePath,
  releaseTagPath,
  shardOf,
  treePathsFault,
  trustDocumentPath,
  tryParseTreePath,
  tryParseTrustPath,
  writePlan,
} from "../../wire/index.ts";
import { readDigestLine } from "../../wire/digest-line.ts";
import { readInventoryLine } from "../../wire/inventory-line.ts";
import { label, plans, refs, sentence } from "./arbitraries.ts";
import { bytesOf, faultOf, given } from "./read-result.ts";
import { http, line, plan, tree, vectors } from "./samples.ts";

describe("plan.json", () => {
  test("the reader accepts every valid plan that the writer wrote", () => {
    fc.assert(
      fc.property(plans, (each) => {
        const text = writePlan(each);
        expect(given(readPlan(bytesOf(text)))).toEqual(each);
        expect(writePlan(given(readPlan(bytesOf(text))))).toBe(text);
      }),
      { numRuns: 150 },
    );
  });

  test("each rule between fields has its own sentence", () => {
    const boards = plan.units["boards"] as Plan["units"][string];
    const step = plan.steps[1] as Plan["steps"][number];
    const changes: readonly Partial<Record<keyof Plan, unknown>>[] = [
      { units: { boards: { ...boards, dataVersion: 2 ** 31 + 1 } } },
      { units: { boards: { ...boards, quietSeconds: 3_601 } } },
      { units: { boards: { ...boards, deadlineSeconds: 0 } } },
      { units: { boards: { ...boards, serviceAccount: "boards" } } },
      { units: { boards: { ...boards, probes: Array(17).fill(http) } } },
      { units: { boards: { ...boards, probes: [{ exec: { command: ["/bin/true"], timeoutSeconds: 1 } }] } } },
      { units: { Boards: boards } },
      { units: {} },
      { kubernetes: "1.36.1" },
      { agent: { ...plan.agent, pollSeconds: 9 } },
      { agent: { ...plan.agent, min: "v0.1.0" } },
      { agent: { ...plan.agent, window: { ...plan.agent.window, cron: "* * * *" } } },
      { steps: plan.steps.toReversed() },
      { steps: [...plan.steps, step] },
      { steps: [{ ...step, unit: "constructor" }] },
      { steps: [{ ...step, objects: [] }] },
      { steps: [{ ...step, objects: ["/ConfigMap/boards/a", "/ConfigMap/boards/a"] }] },
      { steps: [{ ...step, objects: ["x.io/Foo/boards/a", "x.io/FOO/boards/a"] }] },
      { steps: [{ ...step, objects: ["v1/ConfigMap/boards/a/b"] }] },
      { steps: [{ ...step, stage: "50-more" }] },
      { steps: [] },
      { steps: [], units: {} },
      { retired: "keep" },
      { retired: "gone", steps: [], units: {} },
      { consents: [{ remove: "/ConfigMap/boards/settings", reason: "x" }] },
      { consents: [...plan.consents, ...plan.consents] },
      { consents: [{ remove: "/PersistentVolumeClaim/boards/cache", reason: "two\nlines" }] },
    ];
    expect(changes.map((change) => faultOf(readPlan(bytesOf(canonicalDocument({ ...plan, ...change })))))).toMatchInlineSnapshot(`
[
  "units.boards.dataVersion must be a whole number from 1 to 2147483648",
  "units.boards.quietSeconds must be a whole number from 0 to 3600",
  "units.boards.deadlineSeconds must be a whole number from 1 to 86400",
  "units.boards.serviceAccount must be "namespace/name"",
  "units.boards.probes must be a list of 0 to 16 entries",
  "units.boards.probes[0] must be a probe {"http": ...} or {"tcp": ...} with all its fields",
  "units.Boards must be keyed by a DNS label: at most 63 of a-z, 0-9 and -",
  "steps[0].unit must be one of units, not "boards"",
  "kubernetes must be a minor version such as 1.36",
  "agent.pollSeconds must be a whole number from 10 to 86400",
  "agent.min must be a version such as 0.1.0",
  "agent.window.cron must be five cron fields",
  "steps[1].stage must not be below the stage before it",
  "steps[2] must not repeat stage "40-apps" of unit "boards"",
  "steps[0].unit must be one of units, not "constructor"",
  "steps[0].objects must be a list of 1 to 12000 entries",
  "steps[0].objects[1] must be unique, but "/ConfigMap/boards/a" is in the plan twice",
  "steps[0].objects[1] must have its own file, but manifests/40-apps/boards/foo.x.io_boards_a.yaml belongs to another object",
  "steps[0].objects[0] must be an object id <group>/<Kind>/<namespace>/<name>",
  "steps[0].stage must be one of "00-crds", "10-base", "20-infra", "30-addons", "40-apps"",
  "empty-tree: steps must not be empty unless the site is retired",
  "empty-tree: steps must not be empty unless the site is retired",
  "retired must not be combined with units or steps",
  "retired must be one of "keep", "erase"",
  "consents[0].remove must not be in steps, but "/ConfigMap/boards/settings" is: its consent has ended",
  "consents[1].remove must be unique, but "/PersistentVolumeClaim/boards/cache" is listed twice",
  "consents[0].reason must be one line of 1 to 500 characters without control characters",
]
`);
    expect(given(readPlan(bytesOf(canonicalDocument({ ...plan, steps: [], units: {}, retired: "erase" }))))).toHaveProperty(
      "retired",
      "erase",
    );
  });
});

describe("lines of the fleet tree", () => {
  const lines: fc.Arbitrary<InventoryLine> = fc.record(
    {
      id: label,
      name: sentence,
      level: fc.array(label, { maxLength: 4 }),
      labels: fc.dictionary(label, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: true }),
      profile: label,
      location: fc.record({
        latitude: fc.double({ min: -90, max: 90, noNaN: true }),
        longitude: fc.double({ min: -180, max: 180, noNaN: true }),
      }),
    },
    { requiredKeys: ["id", "name", "level", "labels", "profile"] },
  ) as fc.Arbitrary<InventoryLine>;

  test("the reader returns the inventory line that was written", () => {
    fc.assert(
      fc.property(lines, (each) => {
        const text = inventoryLine(each);
        expect(canonicalDocument(given(readInventoryLine(text)))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(each)));
      }),
      { numRuns: 150 },
    );
  });

  test("the reader returns the digest line that was written and accepts no other text for it", () => {
    const each: DigestLine = { id: "eddm", tree };
    const text = digestLine(each);
    expect(text).toBe(canonicalDocument(each));
    expect([given(readDigestLine(text)), given(readDigestLine(text.trimEnd()))]).toEqual([each, each]);
    for (let place = 0; place < text.length - 1; place++) {
      for (const other of [" ", '"', "A", "\n", "\\"]) {
        const changed = text.slice(0, place) + other + text.slice(place + 1);
        const read = readDigestLine(changed);
        if ("value" in read && changed !== text) throw new Error(`accepted ${changed}`);
      }
    }
    expect(() => digestLine({ id: "1", tree })).toThrow(/^digest line: id must be a site id/);
  });

  test("a shard file must be complete, sorted, without duplicates and of its own shard", () => {
    const ids = ["eddm", ...Array.from({ length: 2_000 }, (_, index) => `site-${index}`).filter((id) => shardOf(id) === "3a")].sort();
    const text = ids.map((id) => digestLine({ id, tree })).join("");
    expect(given(readDigestFile(bytesOf(text), "3a")).map((each) => each.id)).toEqual(ids);
    const [first, second] = ids as [string, string];
    const one = (id: string) => digestLine({ id, tree });
    const faults = [
      "",
      text.trimEnd(),
      `${text}\n`,
      one(second) + one(first),
      one(first) + one(first),
      one("rjtt"),
      `${one(first)}x\n`,
    ].map((changed) => faultOf(readDigestFile(bytesOf(changed), "3a")));
    expect(faults).toEqual([
      "must end with a line end",
      "must end with a line end",
      expect.stringMatching(/^line \d+: must be /),
      `line 2: "${first}" must come after the id before it`,
      `line 2: "${first}" must come after the id before it`,
      `line 1: "rjtt" must be in shard ${shardOf("rjtt")}, not 3a`,
      'line 2: must be {"id":"<site id>","tree":"sha256:<64 hex>"}',
    ]);
    expect(given(readInventoryFile(bytesOf(inventoryLine(line)), "3a"))).toEqual([line]);
    expect(faultOf(readInventoryFile(Buffer.of(0xff, 10), "3a"))).toBe("is not UTF-8");
  });
});

describe("paths", () => {
  test("reproduces the vectors' file names", () => {
    for (const { object, file } of vectors.files) expect(manifestFileName(tryParseObjectRef(object) as ObjectRef)).toBe(file);
  });

  test("two objects have two files, both allowed in a site tree", () => {
    fc.assert(
      fc.property(refs, (each) => {
        const names = each.map(manifestFileName);
        expect(new Set(names).size).toBe(each.length);
        for (const [index, name] of names.entries()) {
          expect(name.length).toBeLessThanOrEqual(limits.fileNameBytes);
          const path = manifestPath("40-apps", "boards", each[index] as ObjectRef);
          expect(tryParseTreePath(path)).toEqual({ kind: "manifest", stage: "40-apps", unit: "boards", file: name });
        }
      }),
    );
  });

  test("names are shortened only above 200 bytes", () => {
    const named = (length: number) => manifestFileName({ group: "", kind: "Job", namespace: "a", name: "x".repeat(length) });
    expect(named(189)).toBe(`job_a_${"x".repeat(189)}.yaml`);
    expect(named(189)).toHaveLength(200);
    expect(named(190)).toMatch(/^job_a_x{174}~[0-9a-f]{12}\.yaml$/);
  });

  test("a site tree holds only plan.json, manifests and nodes, and no names that are ambiguous on some file system", () => {
    const allowed = [
      "plan.json",
      "manifests/00-crds/a/b_-_c.yaml",
      "nodes/1/cloud-config",
      "nodes/1/k3s.d/10-x.yaml",
      `nodes/${"a".repeat(100)}`,
    ];
    for (const path of allowed) expect(tryParseTreePath(path)).toBeDefined();
    const refused = [
      "",
      "/",
      "x",
      "Plan.json",
      "plan.json/",
      "/plan.json",
      "./plan.json",
      "manifests",
      "manifests/",
      "manifests/00-crds/a",
      "manifests/05-x/a/b.yaml",
      "manifests/00-crds/A/b.yaml",
      "manifests/00-crds/a/B.yaml",
      "manifests/00-crds/a/b.yml",
      "manifests/00-crds/a/.yaml",
      "manifests/00-crds/a/b/c.yaml",
      "manifests/00-crds/../b.yaml",
      `manifests/00-crds/a/${"b".repeat(196)}.yaml`,
      "nodes",
      "nodes/",
      "nodes/..",
      "nodes/.git/config",
      "nodes/1/",
      "nodes/1//x",
      "nodes/1/x.",
      "nodes/1/-x",
      "nodes/1/x y",
      "nodes/1/\u00e4",
      "nodes/1/x\n",
      `nodes/${"a".repeat(101)}`,
      `nodes/${"a/".repeat(15)}a`,
    ];
    for (const path of refused) expect([path, tryParseTreePath(path)]).toEqual([path, undefined]);
  });

  test("files and objects of the plan must match exactly", () => {
    const files = plan.steps.flatMap(({ stage, unit, objects }) =>
      objects.map((id) => manifestPath(stage, unit, tryParseObjectRef(id) as ObjectRef)),
    );
    const whole = ["plan.json", ...files, "nodes/1/config", "nodes/1/k3s/a", "nodes/2/config"];
    expect(treePathsFault(plan, whole)).toBeUndefined();
    const [first] = files as [string];
    expect([
      treePathsFault(plan, whole.slice(1)),
      treePathsFault(
        plan,
        whole.filter((path) => path !== first),
      ),
      treePathsFault(plan, [...whole, first]),
      treePathsFault(plan, [...whole, first.replace("10-base", "00-crds")]),
      treePathsFault(plan, [...whole, "nodes/1/Config"]),
      treePathsFault(plan, [...whole, "nodes/1/K3s/b"]),
      treePathsFault(plan, [...whole, "nodes/../x"]),
    ]).toMatchInlineSnapshot(`
[
  "plan.json is missing",
  "manifests/10-base/boards/namespace_-_boards.yaml, the file of /Namespace//boards, is missing",
  "manifests/10-base/boards/namespace_-_boards.yaml exists twice",
  "manifests/00-crds/boards/namespace_-_boards.yaml belongs to no object in the plan",
  "nodes/1/Config and nodes/1/config differ only in case",
  "nodes/1/K3s/b and nodes/1/k3s differ only in case",
  ""nodes/../x" is not a path of a site tree",
]
`);
  });

  test("paths on branch trust are written and parsed without loss", () => {
    const fingerprint = "SHA256:cWDxPwRO1WWqFLYiAzPzMz6DJLcQburhsnY4ZBEPc/o";
    expect(releaseSignaturePath(7, fingerprint)).toBe("releases/7.cWDxPwRO1WWqFLYiAzPzMz6DJLcQburhsnY4ZBEPc_o.sig");
    expect(tryParseTrustPath(trustDocumentPath(12))).toEqual({ kind: "trust", version: 12 });
    expect(tryParseTrustPath(releaseTagPath(7))).toEqual({ kind: "tag", release: 7 });
    expect(tryParseTrustPath(releaseSignaturePath(7, fingerprint))).toEqual({ kind: "signature", release: 7, fingerprint });
    for (const path of [
      "trust/0.json",
      "trust/01.json",
      "trust/1.JSON",
      "x/trust/1.json",
      "trust/1.json\n",
      "releases/1.sig",
      "releases/1.x.sig",
      "releases/9999999999999999.tag",
      "README",
    ]) {
      expect([path, tryParseTrustPath(path)]).toEqual([path, undefined]);
    }
  });
});
