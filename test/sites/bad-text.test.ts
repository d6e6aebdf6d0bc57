import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { csv, type Defaults, inventory, json, ndjson, type SiteInput, sites, skip, type InventorySource, yaml } from "../../sites/index.ts";
import { files, Labels, site, toldOf, toldOfSource, toldOfYaml } from "./told.ts";

describe("YAML", () => {
  const whole = JSON.stringify(site("x")).replaceAll('":', '": ');

  test("with values that two readers take for two things must say which", () => {
    const values = ["no", "On", "012", "0o17", "1_000", "22:22", "2026-11-21", "12345678901234567890", "y"];
    expect(values.map((value) => toldOfYaml(whole.replace('"A site"', value))[0])).toMatchInlineSnapshot(`
[
  "y:1:20 ambiguous-value: a bare no is ambiguous -> write "no" for the text, false for the switch",
  "y:1:20 ambiguous-value: a bare On is ambiguous -> write "On" for the text, true for the switch",
  "y:1:20 ambiguous-value: a bare 012 is ambiguous -> put it in quotes: "012"",
  "y:1:20 ambiguous-value: a bare 0o17 is ambiguous -> put it in quotes: "0o17"",
  "y:1:20 ambiguous-value: a bare 1_000 is ambiguous -> put it in quotes: "1_000"",
  "y:1:20 ambiguous-value: a bare 22:22 is ambiguous -> put it in quotes: "22:22"",
  "y:1:20 ambiguous-value: a bare 2026-11-21 is ambiguous -> put it in quotes: "2026-11-21"",
  "y:1:20 unsafe-number: 12345678901234567890 is too big for an exact number -> put it in quotes: "12345678901234567890"",
  "y:1:20 ambiguous-value: a bare y is ambiguous -> write "y" for the text, true for the switch",
]
`);
    expect(toldOfYaml(whole.replace('"A site"', '"012"'))).toEqual([]);
    expect(toldOfYaml(whole.replace('"A site"', "12"))).toEqual([
      "y:1:20 wrong-type: name is the number 12; text is expected -> put it in quotes, exactly as it stands",
    ]);
  });

  test("with tabs, double keys, odd tags, broken brackets, lists or nothing in it is told by line", () => {
    const texts = [
      "id: x\n\tname: y\n",
      "id: x\nname: a\nname: b\n",
      "id: !shop x\n",
      "nodes: [\n",
      "- id: x\n",
      "just text\n",
      "# nothing\n",
      "---\n---\n",
      "id: *x\n",
      "<<: { id: x }\n",
      "? [a]\n: b\n",
      "id: x: y\n",
      "constructor: 1\n__proto__: 2\n",
    ];
    expect(texts.map((text) => toldOfYaml(text).filter((line) => !line.includes("missing-fact")))).toMatchInlineSnapshot(`
[
  [
    "y:2:1 bad-yaml: tabs cannot indent YAML -> indent with spaces",
  ],
  [
    "y:2:1 + y:3:1 duplicate-key: key "name" stands twice in one map -> keep one of the two",
  ],
  [
    "y:1:5 bad-yaml: no YAML: unresolved tag: !shop -> mend the text here; what follows was not read",
  ],
  [
    "y:2:1 bad-yaml: no YAML: flow sequence in block collection must be sufficiently indented and end with a ] -> mend the text here; what follows was not read",
  ],
  [
    "y:1:1 wrong-type: a site is a list; a map of fields is expected -> write its facts as a map (id, name, level, …); in YAML each site is a document, in JSON a list of sites may stand",
  ],
  [
    "y:1:1 wrong-type: a site is the text "just text"; a map of fields is expected -> write its facts as a map (id, name, level, …); in YAML each site is a document, in JSON a list of sites may stand",
  ],
  [
    "y:1:1 empty-file: there is nothing but comments in the file -> write a site into it, or leave it out",
  ],
  [
    "y:1:1 empty-file: there is nothing but comments in the file -> write a site into it, or leave it out",
  ],
  [
    "y:1:5 bad-yaml: the anchor &x is not set before this -> set the anchor earlier, or write the value out",
  ],
  [
    "y:1:1 unknown-field: YAML's merge key << is not read -> move what is shared to the defaults",
  ],
  [
    "y:1:3 bad-yaml: a key must be text -> put the key in quotes",
  ],
  [
    "y:1:5 bad-yaml: no YAML: nested mappings are not allowed in compact mappings -> mend the text here; what follows was not read",
  ],
  [
    "y:1:1 unknown-field: unknown field "constructor" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
    "y:2:1 unknown-field: unknown field "__proto__" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  ],
]
`);
  });

  test("bombs of aliases and of brackets end at once", () => {
    const bomb = Array.from(
      { length: 10 },
      (_, at) =>
        `a${at}: &a${at} [${
          at === 0
            ? "x"
            : Array(9)
                .fill(`*a${at - 1}`)
                .join(", ")
        }]\n`,
    ).join("");
    const deep = [
      `a: ${"[".repeat(20_000)}\n`,
      `${"{a: ".repeat(20_000)}\n`,
      `${"- ".repeat(20_000)}\n`,
      `a: ${"[\n".repeat(300)}${"]".repeat(300)}\n`,
    ];
    for (const [text, word] of [[bomb, "alias-expansion"], ...deep.map((one) => [one, "nested-too-deep"])] as [string, string][]) {
      const started = performance.now();
      const [first] = toldOfYaml(text);
      expect(first).toContain(word);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });

  test("takes a byte order mark and CRLF, and gives the same facts", () => {
    const lines =
      "id: x\nname: A site\nlevel: [eu]\nlocation: { latitude: 1, longitude: 2 }\ntimeZone: UTC\nlabels: { size: large, scheduled: true }\nnodes: [{ id: n1, role: server, arch: amd64, cpu: 4, memory: 8Gi }]\n";
    const made = files({ lf: lines, crlf: `\ufeff${lines.replaceAll("\n", "\r\n")}` });
    const [plain, marked] = ["lf", "crlf"].map((name) => inventory({ labels: Labels, from: [yaml(made.path(name))] }));
    expect(plain?.problems).toEqual([]);
    expect(marked?.sites).toEqual(plain?.sites);
    expect(toldOfYaml(`\ufeff${lines.replace("UTC", "utc").replaceAll("\n", "\r\n")}`)).toEqual([
      'y:5:11 bad-time-zone: time zone "utc" is spelled UTC -> write "UTC"',
    ]);
  });
});

describe("JSON", () => {
  test("is told where it breaks, and what its parser would hide", () => {
    const texts = [
      '{"id":"x","id":"y"}',
      '{"id":"x","nodes":[{"cpu":1,"cpu":2}]}',
      '{"id":12345678901234567890}',
      '{"id":"1234567890123456"}',
      "{id: 1}",
      "{'id': 1}",
      '{"id":"x",}',
      '{"id":"x"',
      '{"id":"x"} {"id":"y"}',
      '{"id":012}',
      '{"id":"a\tb"}',
      '{"id":undefined}',
      '{"a\\"b":1,"c":":","a\\"b":2}',
      "[1, 2]",
      "null",
      `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      `{"a":${"[".repeat(100)}"${"]".repeat(100)}`,
    ];
    expect(texts.map((text) => toldOf(text).filter((line) => !line.includes("missing-fact")))).toMatchInlineSnapshot(`
[
  [
    "s:1:2 + s:1:11 duplicate-key: key "id" stands twice in one object -> keep one of the two",
  ],
  [
    "s:1:21 + s:1:29 duplicate-key: key "cpu" stands twice in one object -> keep one of the two",
  ],
  [
    "s:1:7 unsafe-number: 12345678901234567890 is too big for an exact number -> put it in quotes: "12345678901234567890"",
  ],
  [
    "s:1:7 bad-site-id: site id "1234567890123456" has digits only, and JavaScript would sort such keys before all others -> use "s1234567890123456"",
  ],
  [
    "s:1:2 bad-json: no JSON: a key must be text in double quotes -> put the key in double quotes",
  ],
  [
    "s:1:2 bad-json: no JSON: a key must be text in double quotes -> put the key in double quotes",
  ],
  [
    "s:1:11 bad-json: no JSON: a comma stands before "}" -> remove the last comma",
  ],
  [
    "s:1:10 bad-json: no JSON: "," or "}" is missing -> mend the text here",
  ],
  [
    "s:1:12 bad-json: no JSON: something stands behind the end of the value -> remove it; in NDJSON each line is one value",
  ],
  [
    "s:1:8 bad-json: no JSON: this is no number -> JSON has no leading zeros; put it in quotes if it is a name, like "012"",
  ],
  [
    "s:1:7 bad-json: no JSON: the text does not end, or holds a bare control character or a wrong escape -> close it with "; write a line end as \\n",
  ],
  [
    "s:1:7 bad-json: no JSON: "undefined" is no JSON value -> put text in double quotes: "undefined"",
  ],
  [
    "s:1:2 + s:1:19 duplicate-key: key "a"b" stands twice in one object -> keep one of the two",
    "s:1:11 unknown-field: unknown field "c" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
    "s:1:19 unknown-field: unknown field "a"b" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  ],
  [
    "s:1:1 wrong-type: a site is a list; a map of fields is expected -> write its facts as a map (id, name, level, …); in YAML each site is a document, in JSON a list of sites may stand",
  ],
  [
    "s:1:1 wrong-type: a site is null; a map of fields is expected -> write its facts as a map (id, name, level, …); in YAML each site is a document, in JSON a list of sites may stand",
  ],
  [
    "s:1:66 nested-too-deep: nested too deep -> write it flat; 64 levels are the most",
  ],
  [
    "s:1:70 nested-too-deep: nested too deep -> write it flat; 64 levels are the most",
  ],
]
`);
  });

  test("of a pretty-printed list gives lines and columns", () => {
    const told = toldOfSource((path) => json(path("a.json")), {
      "a.json": JSON.stringify([site("a"), site("b", { timeZone: "utc" })], null, 2),
    });
    expect(told).toEqual(['a.json:37:17 bad-time-zone: time zone "utc" is spelled UTC -> write "UTC"']);
  });
});

describe("CSV", () => {
  const told = (text: string, toSite: (row: Readonly<Record<string, string>>) => unknown = () => skip("not looked at")): string[] =>
    toldOfSource((path) => csv(path("a.csv"), toSite as () => SiteInput), { "a.csv": text });

  test("is told by the row that breaks it", () => {
    const texts = [
      "a,b\n1,2,3\n4\n",
      'a,b\n1,"open\n2,3\n',
      'a,b\n1,"x"y\n2,3\n',
      'a,b\n1,x"y\n2,3\n',
      "a,,a\n1,2,3\n",
      "__proto__,b\n1,2\n",
      "a;b\n1;2\n",
      "a,b\n\n1\n",
    ];
    expect(texts.map((text) => told(text))).toMatchInlineSnapshot(`
[
  [
    "a.csv:2:1 bad-csv: the row has 3 fields, the header has 2 -> quote fields that hold commas, or add the missing ones",
    "a.csv:3:1 bad-csv: the row has 1 field, the header has 2 -> quote fields that hold commas, or add the missing ones",
  ],
  [
    "a.csv:2:3 bad-csv: the quote that opens here is never closed -> close it; the rows behind it were not read",
  ],
  [
    "a.csv:2:6 bad-csv: text stands behind the closing quote of a field -> put all of the field inside the quotes",
  ],
  [
    "a.csv:2:4 bad-csv: a quote stands inside a field that is not quoted -> quote the whole field and double the quote: "a ""b"" c"",
  ],
  [
    "a.csv:1:1 bad-csv: column 2 of the header has no name -> name it; if the first line is no header, put one before it",
    "a.csv:1:1 bad-csv: columns 1 and 3 of the header are both called "a" -> rename one",
  ],
  [
    "a.csv:1:1 bad-csv: column 1 of the header cannot be called __proto__ -> rename it",
  ],
  [
    "a.csv:1:1 bad-csv: the columns are not separated by commas -> save the table as CSV with commas",
  ],
  [
    "a.csv:3:1 bad-csv: the row has 1 field, the header has 2 -> quote fields that hold commas, or add the missing ones",
  ],
]
`);
  });

  test("row functions that fail, return rubbish or ask for a column that is not there are told without a stack", () => {
    const results: ((row: Readonly<Record<string, string>>) => unknown)[] = [
      () => {
        throw new TypeError("Cannot read\nthis");
      },
      () => {
        throw "text";
      },
      () => undefined,
      () => null,
      () => [],
      () => 7,
      async () => site("x"),
      () => ({ id: "x", nmae: 1 }),
      (row) => site(row["icoa"] as string),
      (row) => site(row["x"] as string),
    ];
    expect(results.map((toSite) => told("icao,b\n1,2\n3,4\n", toSite).slice(0, 1))).toMatchInlineSnapshot(`
[
  [
    "a.csv:2:1 row-function-failed: the row function failed: Cannot read\\u{a}this -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function failed: text -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returned undefined, which is no site -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returned null, which is no site -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returned a list, which is no site -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returned a number, which is no site -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returned a promise, which is no site -> correct the row function for this row; return skip("reason") for a row that is no site",
  ],
  [
    "a.csv:2:1 missing-fact: name, level, location, timeZone, nodes are missing -> add it here, or to the defaults where it may be shared",
  ],
  [
    "a.csv:1:1 + a.csv:2:1 unknown-column: the row function reads the column "icoa"; the header has "icao", "b" -> did you mean "icao"?",
  ],
  [
    "a.csv:1:1 + a.csv:2:1 unknown-column: the row function reads the column "x"; the header has "icao", "b" -> did you mean "b"?",
  ],
]
`);
  });
});

describe("files", () => {
  test("that are missing, empty, folders, too large or of another encoding are problems", () => {
    const made = files({
      "sites.yaml": "x",
      "empty.yaml": "",
      "blank.csv": " \n",
      "utf16.yaml": Buffer.from("\ufeffid: x", "utf16le"),
      "zero.ndjson": '{"id":\n "a\0"}',
      "latin.csv": Buffer.concat([Buffer.from("a,b\n1,caf"), Buffer.from([0xe9]), Buffer.from("\n")]),
      "cut.csv": Buffer.concat([Buffer.from("a,b\n1,caf"), Buffer.from([0xc3])]),
      "big.json": "",
    });
    truncateSync(made.path("big.json"), 64_000_001);
    mkdirSync(made.path("folder"));
    const found = inventory({
      labels: Labels,
      defaults: made.path("default.yaml"),
      from: [
        yaml(made.path("site.yaml")),
        yaml(made.path("empty.yaml")),
        csv(made.path("blank.csv"), () => skip("x")),
        yaml(made.path("utf16.yaml")),
        ndjson(made.path("zero.ndjson")),
        csv(made.path("latin.csv"), () => skip("x")),
        csv(made.path("cut.csv"), () => skip("x")),
        json(made.path("big.json")),
        yaml(made.path("folder")),
        json(made.path("sites.yaml/x.json")),
      ],
    });
    expect(made.told(found.problems)).toMatchInlineSnapshot(`
[
  "big.json file-too-large: the file has 64000001 bytes; at most 64000000 are read -> split it into several files, one source each",
  "blank.csv empty-file: the file is empty -> write sites into it, or leave it out of the inventory",
  "cut.csv:2:6 wrong-encoding: the file is not UTF-8 from here on -> save it as UTF-8",
  "default.yaml file-not-found: "default.yaml" does not exist -> paths count from the folder that the command runs in",
  "empty.yaml empty-file: the file is empty -> write sites into it, or leave it out of the inventory",
  "folder empty-folder: no .yaml or .yml file in this folder -> put one there, or name another folder",
  "latin.csv:2:6 wrong-encoding: the file is not UTF-8 from here on -> save it as UTF-8",
  "site.yaml file-not-found: "site.yaml" does not exist -> did you mean "sites.yaml"?",
  "sites.yaml/x.json file-not-found: "sites.yaml/x.json" does not exist -> paths count from the folder that the command runs in",
  "utf16.yaml wrong-encoding: the file is UTF-16 -> save it as UTF-8",
  "zero.ndjson:2:4 wrong-encoding: the file holds a NUL byte: it is no text, or UTF-16 -> save it as UTF-8 text",
]
`);
    expect(inventory({ labels: Labels, from: [] }).problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning no-sites",
    ]);
  });

  test("with twenty thousand equal faults are told in seconds", () => {
    const line = JSON.stringify(site("x", { regoin: 1 }));
    const made = files({ s: Array.from({ length: 20_000 }, (_, at) => line.replace('"x"', `"x${at}"`)).join("\n") });
    const started = performance.now();
    const { problems } = inventory({ labels: Labels, from: [ndjson(made.path("s"))] });
    expect(problems).toHaveLength(20_000);
    expect(problems.at(-1)?.at[0]?.line).toBe(20_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("whatever is written is told and never thrown", () => {
  const junk = fc.oneof(
    fc.constantFrom(
      ..."[]{}:,\t\n\"'|#%~\0\r\ufeff\u202e",
      "- ",
      "&a",
      "*a",
      "!!",
      "---\n",
      "null",
      "0x1",
      "<<: ",
      "? ",
      "__proto__",
      "constructor",
    ),
    fc.string({ maxLength: 4 }),
  );
  const damaged = (text: string): fc.Arbitrary<string> =>
    fc.array(fc.tuple(fc.nat(), fc.nat(6), junk), { minLength: 1, maxLength: 4 }).map((cuts) =>
      cuts.reduce((before, [at, length, put]) => {
        const start = at % (before.length + 1);
        return before.slice(0, start) + put + before.slice(start + length);
      }, text),
    );
  const asYaml = JSON.stringify(site("a"), undefined, 1).replaceAll(/"(\w+)":/g, "$1:");
  const defaults = `fleet:\n  window: { cron: "0 2 * * *", minutes: 60 }\nlevels:\n  eu: { link: { kind: lte } }\nlabels:\n  size=large: { profile: a }\n`;
  const cases: readonly [string, string, (path: string) => { readonly from: InventorySource[]; readonly defaults?: string }][] = [
    ["YAML", `${asYaml}\n---\nid: b\n`, (path) => ({ from: [yaml(path)] })],
    ["JSON", JSON.stringify([site("a"), site("b")], undefined, 1), (path) => ({ from: [json(path)] })],
    ["NDJSON", `${JSON.stringify(site("a"))}\n${JSON.stringify(site("b"))}`, (path) => ({ from: [ndjson(path)] })],
    [
      "CSV",
      'id,name\na,"x ""y"""\r\nb,z\n',
      (path) => ({ from: [csv(path, (row) => (row["id"] === "b" ? skip("b") : site(row["id"] as string)))] }),
    ],
    ["defaults", defaults, (path) => ({ from: [sites([site("a")])], defaults: path })],
  ];

  test.each(cases)("in %s", (_, text, optionsOf) => {
    const made = files({ text: "" });
    fc.assert(
      fc.property(damaged(text), (broken) => {
        writeFileSync(made.path("text"), broken);
        const found = inventory({ labels: Labels, ...optionsOf(made.path("text")) });
        for (const { message, next, at } of found.problems) {
          expect([message, next].every((sentence) => sentence !== "" && !sentence.includes("\n"))).toBe(true);
          expect(at.every(({ file, path }) => file !== undefined || path !== undefined)).toBe(true);
        }
        for (const { id } of found.sites) expect(found.provenance(id)?.length).toBeGreaterThan(8);
      }),
      { numRuns: 60 },
    );
  });

  test("in TypeScript", () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    const fact = fc.constantFrom(...Object.keys(site("a")), "window", "link", "network", "neighbours", "__proto__");
    fc.assert(
      fc.property(fact, value, (name, odd) => {
        const whole = inventory({ labels: Labels, from: [sites([odd as SiteInput, site("a", { [name]: odd })])] });
        const shared = inventory({
          labels: Labels,
          defaults: { fleet: { [name]: odd }, labels: odd } as Defaults,
          from: [sites([site("a")])],
        });
        expect(whole.problems.length + shared.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});
