import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { relative } from "node:path";
import { z } from "zod";
import { csv, type Defaults, inventory, json, ndjson, type SiteInput, skip, sites, type InventorySource, yaml } from "../../sites/index.ts";
import { files, written } from "./problem-lines.ts";

const Labels = z.strictObject({ size: z.enum(["large", "small"]), open: z.boolean().default(true) });
const node = { id: "n1", role: "server", arch: "amd64", cpu: 4, memory: "8Gi" } as const;
const oslo = site("oslo");

function site(id: string, more: Partial<SiteInput> = {}): SiteInput {
  return {
    id,
    name: `Site ${id}`,
    level: ["eu", "no"],
    location: { latitude: 59.9, longitude: 10.7 },
    timeZone: "Europe/Oslo",
    labels: { size: "small" },
    nodes: [node],
    ...more,
  };
}

function read(from: readonly InventorySource[], defaults: Defaults = {}) {
  return inventory({ labels: Labels, defaults, from });
}

describe("an inventory", () => {
  test("gives the same facts from YAML, JSON, NDJSON, CSV and TypeScript", () => {
    const text = JSON.stringify(oslo);
    const { path } = files({
      "a.yaml": `# the only site\n---\nid: oslo\nname: Site oslo\nlevel: [eu, "no"]\nlocation: { latitude: 59.9, longitude: 10.7 }\ntimeZone: Europe/Oslo\nlabels: { size: small }\nnodes:\n  - { id: n1, role: server, arch: amd64, cpu: 4, memory: 8Gi }\n`,
      "a.json": JSON.stringify([oslo], null, 2),
      "one.json": text,
      "a.ndjson": `${text}\n\n`,
      "a.csv": `code,latitude,longitude\r\n"oslo",59.9,10.7\r\n`,
      "bom.csv": `\ufeffcode,latitude,longitude\noslo,59.9,10.7\n`,
    });
    const toSite = (row: Readonly<Record<string, string>>): SiteInput =>
      site(row["code"] as string, { location: { latitude: Number(row["latitude"]), longitude: Number(row["longitude"]) } });
    const sources = [
      yaml(path("a.yaml")),
      json(path("a.json")),
      json(path("one.json")),
      ndjson(path("a.ndjson")),
      csv(path("a.csv"), toSite),
      csv(path("bom.csv"), toSite),
      sites([oslo]),
    ];
    for (const source of sources) {
      const found = read([source]);
      expect(found.problems).toEqual([]);
      expect(JSON.stringify(found.sites)).toBe(
        '[{"id":"oslo","name":"Site oslo","level":["eu","no"],"location":{"latitude":59.9,"longitude":10.7},"timeZone":"Europe/Oslo",' +
          '"labels":{"open":true,"size":"small"},"nodes":[{"id":"n1","role":"server","arch":"amd64","cpu":4,"memory":8589934592,"disks":[],"nics":[],"gpus":[],"devices":[]}]}]',
      );
    }
  });

  test("reads a folder of YAML files and several documents in a file", () => {
    const document = (id: string): string => `${JSON.stringify(site(id)).replaceAll('":', '": ')}\n`;
    const { path } = files({
      "shops/a.yaml": `${document("a")}---\n${document("b")}`,
      "shops/deep/c.yml": document("c"),
      "shops/notes.txt": "no",
    });
    const found = read([yaml(path("shops"))]);
    expect(found.problems).toEqual([]);
    expect(found.sites.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("is deeply frozen, and sites share equal parts", () => {
    const found = read([sites([site("a"), site("b")])], { fleet: { window: { cron: "0 2 * * *", minutes: 60 } } });
    const [a, b] = found.sites;
    expect(a?.nodes).toBe(b?.nodes);
    expect(a?.level).toBe(b?.level);
    expect(a?.labels).toBe(b?.labels);
    expect(a?.window).toBe(b?.window);
    const merged = read([sites(["a", "b"].map((id) => site(id, { window: { minutes: 30 } })))], {
      fleet: { window: { cron: "0 2 * * *" } },
    });
    expect(merged.sites[0]?.window).toEqual({ cron: "0 2 * * *", minutes: 30, timeZone: "Europe/Oslo" });
    expect(merged.sites[0]?.window).toBe(merged.sites[1]?.window);
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(found.sites)).toBe(true);
    expect(Object.isFrozen(oslo)).toBe(false);
  });

  test("notices when a row function changes a list that it returned before", () => {
    const { path } = files({ "a.csv": "id,memory\na,8Gi\nb,16Gi\n" });
    const reused = { ...node, memory: "" };
    const found = read([
      csv<"id" | "memory">(path("a.csv"), (row) => {
        reused.memory = row.memory;
        return site(row.id, { nodes: [reused] });
      }),
    ]);
    expect(found.sites.map(({ nodes }) => nodes[0]?.memory)).toEqual([8 * 1024 ** 3, 16 * 1024 ** 3]);
  });

  test("refuses NaN and dates instead of converting them as JSON does", () => {
    const link = { kind: "lte", downMbps: 1, upMbps: 1 } as const;
    const odd = [null, Number.NaN, Number.POSITIVE_INFINITY, new Date(0)].map((latencyMs, at) =>
      site(`s${at}`, { link: { ...link, latencyMs: latencyMs as number } }),
    );
    const found = read([sites(odd)]);
    expect(found.sites.map(({ id }) => id)).toEqual(["s0"]);
    expect(found.problems.map(({ message }) => message)).toEqual([
      "link.latencyMs must be a number, not NaN",
      "link.latencyMs must be a number, not Infinity",
      "link.latencyMs must be a number, not an instance of a class",
    ]);
  });

  test("has typed labels: a misspelled label does not compile", () => {
    const [first] = read([sites([oslo])]).sites;
    const size: "large" | "small" | undefined = first?.labels.size;
    // @ts-expect-error the label is named `size`
    const slip: unknown = first?.labels.siez;
    // @ts-expect-error facts cannot be changed
    const change = (): unknown => first && (first.name = "x");
    // @ts-expect-error a role is server or agent
    const role: SiteInput = site("x", { nodes: [{ ...node, role: "worker" }] });
    expect([size, slip, typeof change, typeof role]).toEqual(["small", undefined, "function", "object"]);
  });

  test("accepts a zod/mini schema", async () => {
    const mini = await import("zod/mini");
    const found = inventory({ labels: mini.strictObject({ size: mini.string() }), from: [sites([oslo])] });
    const size: string | undefined = found.sites[0]?.labels.size;
    expect([size, found.problems]).toEqual(["small", []]);
  });

  test("accepts ids that are inherited object properties, and sorts ids by byte", () => {
    const ids = ["constructor", "valueof", "hasownproperty", "z9", "a-1", "a0", "10a", "2a"];
    const found = read([sites(ids.map((id) => site(id, { neighbours: ids.filter((other) => other !== id).slice(0, 2) })))]);
    expect(found.problems).toEqual([]);
    expect(found.sites.map(({ id }) => id)).toEqual(["10a", "2a", "a-1", "a0", "constructor", "hasownproperty", "valueof", "z9"]);
    expect(found.tryFind("constructor")?.name).toBe("Site constructor");
    expect(found.tryFind("tostring")).toBeUndefined();
    expect(found.provenance("__proto__")).toBeUndefined();
  });

  test("lists skipped rows with their reasons and refuses a skip without one", () => {
    const { path, lines } = files({ "a.csv": "id,why\na,closed\nb,\nc,-\n" });
    const found = read([csv<"id" | "why">(path("a.csv"), (row) => (row.why === "-" ? site(row.id) : skip(row.why)))]);
    expect(found.skipped).toEqual([{ reason: "closed", at: { file: path("a.csv"), line: 2, column: 1, text: "a,closed" } }]);
    expect(found.sites.map(({ id }) => id)).toEqual(["c"]);
    expect(lines(found.problems)).toEqual([
      'a.csv:3:1 row-function-failed: the row function skips this row without a reason -> correct the row function for this row; return skip("reason") for a row that is not a site',
    ]);
  });

  test("gives row functions rows that can be spread and listed but not changed", () => {
    const { path } = files({ "a.csv": "id,constructor\na,x\n" });
    let seen: unknown;
    const found = read([
      csv(path("a.csv"), (row) => {
        seen = [{ ...row }, JSON.stringify(row), Object.keys(row), "id" in row, "name" in row, String(row), row["constructor"]];
        expect(() => Object.assign(row, { id: "b" })).toThrow(TypeError);
        return site(row["id"] as string);
      }),
    ]);
    expect(found.problems).toEqual([]);
    const whole = { id: "a", constructor: "x" };
    expect(seen).toEqual([whole, JSON.stringify(whole), ["id", "constructor"], true, false, "[object Object]", "x"]);
  });

  test("corrects single cells of a table and reports unused corrections", () => {
    const { path, lines } = files({
      "a.csv": "id,name\na,Wrong\nb,Right\n",
      "fix.csv": 'row,column,value,because\na,name,"Right, now",it was wrong\nb,name,Right,not needed\nc,name,x,gone\n',
      "bad.csv": "row,column,value,because\na,nmae,x,y\na,name,x,\nb,name,x,y\nb,name,z,y\n",
    });
    const from = (file: string): InventorySource =>
      csv<"id" | "name">(path("a.csv"), (row) => site(row.id, { name: row.name }), {
        corrections: { file: path(file), key: (row) => row.id },
      });
    const found = read([from("fix.csv")]);
    expect(found.sites.map(({ name }) => name)).toEqual(["Right, now", "Right"]);
    expect(lines(found.problems)).toMatchInlineSnapshot(`
[
  "fix.csv:3:1 warning idle-correction: this correction changes nothing: row "b" already has this value -> remove the correction",
  "fix.csv:4:1 warning idle-correction: this correction changes nothing: there is no row "c" -> correct the name, or remove the correction",
]
`);
    expect(lines(read([from("bad.csv")]).problems)).toMatchInlineSnapshot(`
[
  "bad.csv:2:1 unknown-column: the table has no column "nmae" -> did you mean "name"?",
  "bad.csv:3:1 bad-csv: a correction must have four fields, and the last one, its reason, must not be empty -> write row,column,value,because",
  "bad.csv:4:1 + bad.csv:5:1 duplicate-key: name of row "b" is corrected twice -> keep one of the two",
]
`);
  });
});

describe("defaults", () => {
  const shared: Defaults = {
    fleet: {
      window: { cron: "0 2 * * *", minutes: 60 },
      link: { kind: "lte", downMbps: 10, upMbps: 2, metered: true },
      labels: { size: "small" },
    },
    levels: {
      eu: { link: { kind: "fibre", metered: null }, profile: "wide" },
      "eu/no": { window: { minutes: 90 }, profile: "narrow" },
    },
    labels: { "size=large": { nodes: [node, { ...node, id: "n2" }], profile: "big" }, "size=large,open=false": { link: null } },
  };

  test("are merged by fleet, level and label, with the site last; null removes, lists are replaced", () => {
    const bare = site("a", { labels: null });
    const large = site("b", { labels: { size: "large" }, nodes: undefined, window: { minutes: 30, timeZone: "UTC" } });
    const shut = site("c", { labels: { size: "large", open: false }, profile: null, window: null, nodes: [node] });
    const far = site("d", { level: ["asia"], labels: {} });
    const found = read([sites([bare, large, shut, far].map((one) => (one === bare ? { ...one, labels: {} } : one)))], shared);
    expect(found.problems).toEqual([]);
    const seen = found.sites.map(({ profile, window, link, nodes, labels }) => ({
      profile,
      window,
      link,
      nodes: nodes.length,
      size: labels.size,
    }));
    const fibre = { kind: "fibre", downMbps: 10, upMbps: 2 };
    expect(seen).toEqual([
      { profile: "narrow", window: { cron: "0 2 * * *", minutes: 90, timeZone: "Europe/Oslo" }, link: fibre, nodes: 1, size: "small" },
      { profile: "big", window: { cron: "0 2 * * *", minutes: 30, timeZone: "UTC" }, link: fibre, nodes: 2, size: "large" },
      { profile: undefined, window: undefined, link: undefined, nodes: 1, size: "large" },
      {
        profile: undefined,
        window: { cron: "0 2 * * *", minutes: 60, timeZone: "Europe/Oslo" },
        link: { kind: "lte", downMbps: 10, upMbps: 2, metered: true },
        nodes: 1,
        size: "small",
      },
    ]);
  });

  test("that conflict at the same rank are a problem with both lines, unless the site sets the fact", () => {
    const { path, lines } = files({
      "defaults.yaml":
        "labels:\n  size=large:\n    link: { kind: lte, downMbps: 10, upMbps: 2 }\n  open=true:\n    link: { kind: fibre, downMbps: 10, upMbps: 2 }\n",
      "more.yaml": "levels:\n  eu: { profile: a }\n",
      "other.yaml": "levels:\n  eu: { profile: b }\n",
    });
    const at = (...names: string[]): string[] => names.map(path);
    const large = site("a", { labels: { size: "large" } });
    const clash = inventory({ labels: Labels, defaults: at("defaults.yaml"), from: [sites([large])] });
    expect(clash.sites).toEqual([]);
    expect(lines(clash.problems)).toMatchInlineSnapshot(`
[
  "defaults.yaml:3:13 + defaults.yaml:5:13 default-conflict: two defaults differ on link.kind, and both apply to site "a" -> make them equal, let them apply to different sites, or set the fact at the site",
]
`);
    const settled = inventory({ labels: Labels, defaults: at("defaults.yaml"), from: [sites([{ ...large, link: { kind: "dsl" } }])] });
    expect(settled.problems).toEqual([]);
    const apart = inventory({
      labels: Labels,
      defaults: at("defaults.yaml"),
      from: [sites([{ ...large, labels: { size: "large", open: false } }])],
    });
    expect(lines(apart.problems)).toEqual([
      'defaults.yaml:4:3 warning idle-default: no site has "open=true" -> remove it, or correct the label',
    ]);
    const twice = inventory({ labels: Labels, defaults: at("other.yaml", "more.yaml"), from: [sites([oslo])] });
    expect(lines(twice.problems)).toEqual([
      'more.yaml:2:9 + other.yaml:2:9 default-conflict: two defaults differ on profile, and both apply to site "oslo" -> make them equal, let them apply to different sites, or set the fact at the site',
    ]);
  });

  test("that no site can have or no site has are reported", () => {
    const { path, lines } = files({
      "defaults.yaml":
        "fleet:\n  id: x\n  window: { cron: '0 2 29 2 *', minutes: 60 }\nlevels:\n  eu/nn: {}\n  a//b: {}\nlabels:\n  size=huge: {}\n  siez=large: {}\n  size: {}\n  size=small:\n    labels: { size: large }\nlabls: {}\n",
    });
    const found = inventory({
      labels: Labels,
      defaults: path("defaults.yaml"),
      from: [sites([site("a"), site("b"), site("c", { window: null })])],
    });
    expect(lines(found.problems)).toMatchInlineSnapshot(`
[
  "defaults.yaml:2:3 not-a-default: id cannot come from defaults -> set it at the site",
  "defaults.yaml:3:19 window-opens-too-seldom: the window "0 2 29 2 *" stays closed for 424 days (2027-01-01 to 2028-02-29); at most 35 are allowed -> open it at least once a month: "0 2 1 * *" is the first of each month at 02:00",
  "defaults.yaml:5:3 warning idle-default: no site is below the level "eu/nn" -> did you mean "eu/no"?",
  "defaults.yaml:6:3 bad-level: a level is empty -> name the level, or leave it out of the list",
  "defaults.yaml:8:3 unknown-value: label size cannot be "huge"; it can be large, small -> use one of these values",
  "defaults.yaml:9:3 unknown-field: unknown field "siez" in labels -> did you mean "size"?",
  "defaults.yaml:10:3 bad-label-default: "size" is not of the form label=value -> write "size=large", or "size=large,scheduled=true" for sites with both labels",
  "defaults.yaml:12:5 not-a-default: labels cannot come from label defaults -> set the label at the sites, or in the defaults of the fleet or a level",
  "defaults.yaml:13:1 unknown-field: unknown field "labls" -> did you mean "labels"?",
]
`);
    expect(found.sites.map(({ id }) => id)).toEqual(["c"]);
  });

  test("are merged as JSON merge patches (RFC 7396)", async () => {
    const { mergePatch } = await import("../../sites/merge/merge.ts");
    const key = fc.constantFrom("a", "b", "constructor", "0", "nodes");
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 0, 1, "", "x", true),
        fc.array(fc.constantFrom(1, 2, null), { maxLength: 2 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    const clean = (value: unknown): unknown =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([, one]) => one !== null)
              .map(([name, one]) => [name, clean(one)]),
          )
        : value;
    // The RFC's algorithm, literally: on a copy, without sharing.
    const byTheBook = (target: unknown, patch: unknown): unknown => {
      if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
      const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
      const result = new Map<string, unknown>(isObject ? Object.entries(target) : []);
      for (const [name, value] of Object.entries(patch)) {
        if (value === null) result.delete(name);
        else result.set(name, byTheBook(result.get(name), value));
      }
      return Object.fromEntries(result);
    };
    fc.assert(
      fc.property(tree, tree, tree, (first, second, third) => {
        const base = clean(first);
        const before = JSON.stringify([base, second]);
        expect(mergePatch(base, second)).toEqual(byTheBook(base, second));
        expect(JSON.stringify([base, second])).toBe(before);
        expect(mergePatch(mergePatch(base, second), third)).toEqual(byTheBook(byTheBook(base, second), third));
      }),
    );
  });
});

describe("provenance", () => {
  test("names the file and line of each fact, for site and defaults", () => {
    const { path } = files({
      "defaults.yaml":
        "fleet:\n  window:\n    cron: 0 2 * * *\n    minutes: 60\nlevels:\n  eu: { profile: a, link: { kind: lte, downMbps: 5, upMbps: 1 } }\n",
      "a.yaml": `id: a\nname: A\nlevel: [eu]\nlocation:\n  latitude: 1\n  longitude: 2\ntimeZone: UTC\nlabels: { size: small }\nwindow:\n  minutes: 30\nlink:\n  kind: fibre\nnodes:\n  - id: n1\n    role: server\n    arch: amd64\n    cpu: 4\n    memory: 8Gi\n`,
    });
    const found = inventory({ labels: Labels, defaults: path("defaults.yaml"), from: [yaml(path("a.yaml"))] });
    const rows = found
      .provenance("a")
      ?.map(({ name, value, from, at }) => `${name} ${JSON.stringify(value)} ${from} ${relative(path("."), at.file ?? "")}:${at.line}`);
    expect(rows).toMatchInlineSnapshot(`
[
  "id "a" site a.yaml:1",
  "name "A" site a.yaml:2",
  "level ["eu"] site a.yaml:3",
  "location.latitude 1 site a.yaml:5",
  "location.longitude 2 site a.yaml:6",
  "timeZone "UTC" site a.yaml:7",
  "labels.open true derived a.yaml:1",
  "labels.size "small" site a.yaml:8",
  "profile "a" defaults defaults.yaml:6",
  "window.cron "0 2 * * *" defaults defaults.yaml:3",
  "window.minutes 30 site a.yaml:10",
  "window.timeZone "UTC" derived a.yaml:1",
  "link.kind "fibre" site a.yaml:12",
  "link.downMbps 5 defaults defaults.yaml:6",
  "link.upMbps 1 defaults defaults.yaml:6",
  "nodes[0].id "n1" site a.yaml:14",
  "nodes[0].role "server" site a.yaml:15",
  "nodes[0].arch "amd64" site a.yaml:16",
  "nodes[0].cpu 4 site a.yaml:17",
  "nodes[0].memory 8589934592 site a.yaml:18",
  "nodes[0].disks [] site a.yaml:14",
  "nodes[0].nics [] site a.yaml:14",
  "nodes[0].gpus [] site a.yaml:14",
  "nodes[0].devices [] site a.yaml:14",
]
`);
  });

  test("does not name a default that a closer block removed", () => {
    const labels = z.strictObject({ open: z.boolean().default(true), size: z.string().default("small") });
    const shared: Defaults = {
      fleet: { labels: { open: false, size: "large" }, window: { cron: "0 2 * * *", minutes: 60, timeZone: "UTC" } },
    };
    const from = (more: Partial<SiteInput>): Record<string, string> => {
      const found = inventory({ labels, defaults: shared, from: [sites([site("a", more)])] });
      expect(found.problems).toEqual([]);
      return Object.fromEntries(found.provenance("a")?.map((fact) => [fact.name, `${String(fact.value)} ${fact.from}`]) ?? []);
    };
    const kept = from({ labels: undefined });
    expect([kept["labels.open"], kept["labels.size"], kept["window.timeZone"]]).toEqual([
      "false defaults",
      "large defaults",
      "UTC defaults",
    ]);
    const removed = from({ labels: null, window: { timeZone: null } });
    expect([removed["labels.open"], removed["labels.size"], removed["window.timeZone"]]).toEqual([
      "true derived",
      "small derived",
      "Europe/Oslo derived",
    ]);
    const one = from({ labels: { open: null } });
    expect([one["labels.open"], one["labels.size"], one["window.cron"]]).toEqual(["true derived", "large defaults", "0 2 * * * defaults"]);
  });

  test("finds rows, lines, list entries and the call with TypeScript objects", () => {
    const { path } = files({
      "a.csv": 'id,note\n"a","two\nlines"\nb,x\n',
      "c.json": `[\n ${JSON.stringify(site("c"))},\n ${JSON.stringify(site("d"))}\n]`,
      "e.ndjson": `\n${JSON.stringify(site("e"))}\n`,
    });
    const found = read([
      csv(path("a.csv"), (row) => site(row["id"] as string)),
      json(path("c.json")),
      ndjson(path("e.ndjson")),
      sites([site("f")]),
    ]);
    expect(found.problems).toEqual([]);
    const lineOf = (id: string): number | undefined => found.provenance(id)?.[0]?.at.line;
    expect(["a", "b", "c", "d", "e"].map(lineOf)).toEqual([2, 4, 2, 3, 2]);
    const called = found.provenance("f")?.find(({ name }) => name === "nodes[0].role");
    expect(called).toMatchObject({
      value: "server",
      from: "site",
      at: { file: "test/sites/inventory.test.ts", path: "[0].nodes[0].role" },
    });
    expect(called?.at.text).toContain('sites([site("f")])');
    const shared = inventory({ labels: Labels, defaults: { fleet: { profile: "p" } }, from: [sites([site("g")])] });
    const profile = shared.provenance("g")?.find(({ name }) => name === "profile");
    expect(profile).toMatchObject({ from: "defaults", at: { file: "test/sites/inventory.test.ts", path: "defaults.fleet.profile" } });
    expect(profile?.at.text).toContain('defaults: { fleet: { profile: "p" } }');
  });
});

test("the order of sources, files, sites, keys and defaults does not change the result", () => {
  const good = ["a", "b", "c", "d"].map((id, at) =>
    site(id, { level: ["eu", at % 2 ? "no" : "se"], labels: at > 1 ? { size: "large" } : {} }),
  );
  const bad: SiteInput[] = [
    site("a", { name: "twin" }),
    site("e", { neighbours: ["zz"], timeZone: "Mars/Base" }),
    site("f", { level: ["EU"] }),
    site("c"),
  ];
  const parts: Defaults[] = [
    { fleet: { labels: { size: "small" }, link: { kind: "lte" } } },
    { fleet: { link: { upMbps: 1, downMbps: 2 } }, labels: { "size=large": { profile: "a" } } },
    { levels: { "eu/no": { profile: "b" } }, labels: { "open=true": { network: { domain: "x.example" } } } },
    { labels: { "size=large": { network: { domain: "y.example" } } } },
  ];
  const shuffleKeys = (input: SiteInput, seed: number): SiteInput =>
    Object.fromEntries(
      Object.entries(input).toSorted(([a], [b]) => ((a.length * seed) % 7) - ((b.length * seed) % 7) || (a < b ? -1 : 1)),
    ) as unknown as SiteInput;
  const text = (order: readonly number[], seed: number, faulty: boolean): string => {
    const pick = <T>(list: readonly T[]): T[] => order.flatMap((at) => (at < list.length ? [list[at] as T] : []));
    const lines = [...good, ...(faulty ? bad : [])].map((one, at) => ({ at, json: JSON.stringify(shuffleKeys(one, seed)) }));
    const made = written(Object.fromEntries(lines.map(({ at, json: line }) => [`${at}.ndjson`, line])));
    try {
      const defaults = faulty ? parts : parts.slice(0, 3);
      const found = inventory({
        labels: Labels,
        defaults: pick(defaults),
        from: pick(lines).map(({ at }) => ndjson(made.path(`${at}.ndjson`))),
      });
      return JSON.stringify([found.sites, made.lines(found.problems)]);
    } finally {
      made.remove();
    }
  };
  const everyOrder = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
  for (const faulty of [false, true]) {
    const first = text([0, 1, 2, 3, 4, 5, 6, 7], 1, faulty);
    expect(first.includes("duplicate-site-id")).toBe(faulty);
    fc.assert(
      fc.property(everyOrder, fc.integer({ min: 1, max: 6 }), (order, seed) => {
        // The order of keys changes the columns and with them the order of problems.
        expect(text(order, faulty ? 1 : seed, faulty)).toBe(first);
      }),
      { numRuns: 40 },
    );
  }
});
