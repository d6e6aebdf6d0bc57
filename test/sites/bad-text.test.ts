import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { csv, type Defaults, inventory, json, ndjson, type SiteInput, sites, skip, type InventorySource, yaml } from "../../sites/index.ts";
import { files, Labels, site, problemLinesOf, problemLinesOfSource, problemLinesOfYaml } from "./problem-lines.ts";

describe("YAML", () => {
  const whole = JSON.stringify(site("x")).replaceAll('":', '": ');

  test("with values that YAML 1.1 and 1.2 read differently is refused", () => {
    const values = ["no", "On", "012", "0o17", "1_000", "22:22", "2026-11-21", "12345678901234567890", "y"];
    expect(values.map((value) => problemLinesOfYaml(whole.replace('"A site"', value))[0])).toMatchInlineSnapshot(`
[
  "y:1:20 ambiguous-value: the unquoted value no is ambiguous -> write "no" for the string or false for the boolean",
  "y:1:20 ambiguous-value: the unquoted value On is ambiguous -> write "On" for the string or true for the boolean",
  "y:1:20 ambiguous-value: the unquoted value 012 is ambiguous -> put it in quotes: "012"",
  "y:1:20 ambiguous-value: the unquoted value 0o17 is ambiguous -> put it in quotes: "0o17"",
  "y:1:20 ambiguous-value: the unquoted value 1_000 is ambiguous -> put it in quotes: "1_000"",
  "y:1:20 ambiguous-value: the unquoted value 22:22 is ambiguous -> put it in quotes: "22:22"",
  "y:1:20 ambiguous-value: the unquoted value 2026-11-21 is ambiguous -> put it in quotes: "2026-11-21"",
  "y:1:20 unsafe-number: 12345678901234567890 is too large for an exact number -> put it in quotes: "12345678901234567890"",
  "y:1:20 ambiguous-value: the unquoted value y is ambiguous -> write "y" for the string or true for the boolean",
]
`);
    expect(problemLinesOfYaml(whole.replace('"A site"', '"012"'))).toEqual([]);
    expect(problemLinesOfYaml(whole.replace('"A site"', "12"))).toEqual([
      "y:1:20 wrong-type: name must be a string, not the number 12 -> put the value in quotes",
    ]);
  });

  test("with tabs, duplicate keys, unknown tags, broken brackets, lists or no content is reported by line", () => {
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
    expect(texts.map((text) => problemLinesOfYaml(text).filter((line) => !line.includes("missing-fact")))).toMatchInlineSnapshot(`
[
  [
    "y:2:1 bad-yaml: YAML must not be indented with tabs -> indent with spaces",
  ],
  [
    "y:2:1 + y:3:1 duplicate-key: key "name" is in one map twice -> keep one of the two",
  ],
  [
    "y:1:5 bad-yaml: invalid YAML: unresolved tag: !shop -> correct the YAML here; the rest of the document was not read",
  ],
  [
    "y:2:1 bad-yaml: invalid YAML: flow sequence in block collection must be sufficiently indented and end with a ] -> correct the YAML here; the rest of the document was not read",
  ],
  [
    "y:1:1 wrong-type: a site must be a map, not a list -> write its facts as a map (id, name, level, …); a YAML document holds one site, a JSON file one site or a list of sites",
  ],
  [
    "y:1:1 wrong-type: a site must be a map, not the string "just text" -> write its facts as a map (id, name, level, …); a YAML document holds one site, a JSON file one site or a list of sites",
  ],
  [
    "y:1:1 empty-file: the file holds only comments -> add a site, or remove the file from the inventory",
  ],
  [
    "y:1:1 empty-file: the file holds only comments -> add a site, or remove the file from the inventory",
  ],
  [
    "y:1:5 bad-yaml: the anchor &x is not defined before this alias -> define the anchor earlier, or write the value out",
  ],
  [
    "y:1:1 unknown-field: YAML's merge key << is not supported -> move shared facts to the defaults",
  ],
  [
    "y:1:3 bad-yaml: a key must be a string -> put the key in quotes",
  ],
  [
    "y:1:5 bad-yaml: invalid YAML: nested mappings are not allowed in compact mappings -> correct the YAML here; the rest of the document was not read",
  ],
  [
    "y:1:1 unknown-field: unknown field "constructor" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
    "y:2:1 unknown-field: unknown field "__proto__" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  ],
]
`);
  });

  test("alias bombs and deep nesting are refused quickly", () => {
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
      const [first] = problemLinesOfYaml(text);
      expect(first).toContain(word);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });

  test("with a byte order mark and CRLF gives the same facts", () => {
    const lines =
      "id: x\nname: A site\nlevel: [eu]\nlocation: { latitude: 1, longitude: 2 }\ntimeZone: UTC\nlabels: { size: large, scheduled: true }\nnodes: [{ id: n1, role: server, arch: amd64, cpu: 4, memory: 8Gi }]\n";
    const made = files({ lf: lines, crlf: `\ufeff${lines.replaceAll("\n", "\r\n")}` });
    const [plain, marked] = ["lf", "crlf"].map((name) => inventory({ labels: Labels, from: [yaml(made.path(name))] }));
    expect(plain?.problems).toEqual([]);
    expect(marked?.sites).toEqual(plain?.sites);
    expect(problemLinesOfYaml(`\ufeff${lines.replace("UTC", "utc").replaceAll("\n", "\r\n")}`)).toEqual([
      'y:5:11 bad-time-zone: time zone "utc" must be written UTC -> write "UTC"',
    ]);
  });
});

describe("JSON", () => {
  test("reports the place of syntax errors, and faults that JSON.parse ignores", () => {
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
    expect(texts.map((text) => problemLinesOf(text).filter((line) => !line.includes("missing-fact")))).toMatchInlineSnapshot(`
[
  [
    "s:1:2 + s:1:11 duplicate-key: key "id" is in one object twice -> keep one of the two",
  ],
  [
    "s:1:21 + s:1:29 duplicate-key: key "cpu" is in one object twice -> keep one of the two",
  ],
  [
    "s:1:7 unsafe-number: 12345678901234567890 is too large for an exact number -> put it in quotes: "12345678901234567890"",
  ],
  [
    "s:1:7 bad-site-id: site id "1234567890123456" has digits only; JavaScript would sort such keys before all others -> use "s1234567890123456"",
  ],
  [
    "s:1:2 bad-json: invalid JSON: a key must be a string in double quotes -> put the key in double quotes",
  ],
  [
    "s:1:2 bad-json: invalid JSON: a key must be a string in double quotes -> put the key in double quotes",
  ],
  [
    "s:1:11 bad-json: invalid JSON: there is a comma before "}" -> remove the last comma",
  ],
  [
    "s:1:10 bad-json: invalid JSON: "," or "}" is missing -> correct the JSON here",
  ],
  [
    "s:1:12 bad-json: invalid JSON: text follows the end of the value -> remove it; in NDJSON each line is one value",
  ],
  [
    "s:1:8 bad-json: invalid JSON: this is not a number -> JSON has no leading zeros; put a name in quotes, like "012"",
  ],
  [
    "s:1:7 bad-json: invalid JSON: the string is not closed, or holds a control character or an invalid escape -> close it with "; write a line end as \\n",
  ],
  [
    "s:1:7 bad-json: invalid JSON: "undefined" is not a JSON value -> put strings in double quotes: "undefined"",
  ],
  [
    "s:1:2 + s:1:19 duplicate-key: key "a"b" is in one object twice -> keep one of the two",
    "s:1:11 unknown-field: unknown field "c" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
    "s:1:19 unknown-field: unknown field "a"b" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  ],
  [
    "s:1:1 wrong-type: a site must be a map, not a list -> write its facts as a map (id, name, level, …); a YAML document holds one site, a JSON file one site or a list of sites",
  ],
  [
    "s:1:1 wrong-type: a site must be a map, not null -> write its facts as a map (id, name, level, …); a YAML document holds one site, a JSON file one site or a list of sites",
  ],
  [
    "s:1:66 nested-too-deep: the value is nested too deep -> use at most 64 levels",
  ],
  [
    "s:1:70 nested-too-deep: the value is nested too deep -> use at most 64 levels",
  ],
]
`);
  });

  test("in a pretty-printed list is reported with line and column", () => {
    const lines = problemLinesOfSource((path) => json(path("a.json")), {
      "a.json": JSON.stringify([site("a"), site("b", { timeZone: "utc" })], null, 2),
    });
    expect(lines).toEqual(['a.json:37:17 bad-time-zone: time zone "utc" must be written UTC -> write "UTC"']);
  });
});

describe("CSV", () => {
  const lines = (text: string, toSite: (row: Readonly<Record<string, string>>) => unknown = () => skip("not looked at")): string[] =>
    problemLinesOfSource((path) => csv(path("a.csv"), toSite as () => SiteInput), { "a.csv": text });

  test("is reported at the faulty row", () => {
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
    expect(texts.map((text) => lines(text))).toMatchInlineSnapshot(`
[
  [
    "a.csv:2:1 bad-csv: the row has 3 fields, but the header has 2 -> put fields that hold commas in quotes, or add the missing fields",
    "a.csv:3:1 bad-csv: the row has 1 field, but the header has 2 -> put fields that hold commas in quotes, or add the missing fields",
  ],
  [
    "a.csv:2:3 bad-csv: the quote that opens here is never closed -> close it; the rest of the file was not read",
  ],
  [
    "a.csv:2:6 bad-csv: text follows the closing quote of a field -> put the whole field inside the quotes",
  ],
  [
    "a.csv:2:4 bad-csv: a quote is inside a field that is not quoted -> put the whole field in quotes and double the inner quotes: "a ""b"" c"",
  ],
  [
    "a.csv:1:1 bad-csv: column 2 of the header has no name -> name it; if the first line is not a header, add one",
    "a.csv:1:1 bad-csv: columns 1 and 3 of the header are both named "a" -> rename one of them",
  ],
  [
    "a.csv:1:1 bad-csv: column 1 of the header must not be named __proto__ -> rename it",
  ],
  [
    "a.csv:1:1 bad-csv: the columns are not separated by commas -> save the table as CSV with commas",
  ],
  [
    "a.csv:3:1 bad-csv: the row has 1 field, but the header has 2 -> put fields that hold commas in quotes, or add the missing fields",
  ],
]
`);
  });

  test("row functions that throw, return no site or read an unknown column are reported without a stack trace", () => {
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
    expect(results.map((toSite) => lines("icao,b\n1,2\n3,4\n", toSite).slice(0, 1))).toMatchInlineSnapshot(`
[
  [
    "a.csv:2:1 row-function-failed: the row function throws: Cannot read\\u{a}this -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function throws: text -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returns undefined instead of a site -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returns null instead of a site -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returns a list instead of a site -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returns a number instead of a site -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 row-function-failed: the row function returns a promise instead of a site -> correct the row function for this row; return skip("reason") for a row that is not a site",
  ],
  [
    "a.csv:2:1 missing-fact: level, location, timeZone, nodes are missing -> add them here, or to the defaults when sites share them",
  ],
  [
    "a.csv:1:1 + a.csv:2:1 unknown-column: the row function reads the column "icoa", but the header has "icao", "b" -> did you mean "icao"?",
  ],
  [
    "a.csv:1:1 + a.csv:2:1 unknown-column: the row function reads the column "x", but the header has "icao", "b" -> did you mean "b"?",
  ],
]
`);
  });
});

describe("files", () => {
  test("that are missing, empty, folders, too large or wrongly encoded are problems", () => {
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
    expect(made.lines(found.problems)).toMatchInlineSnapshot(`
[
  "big.json file-too-large: the file has 64000001 bytes, but at most 64000000 are allowed -> split it into several files and add a source for each",
  "blank.csv empty-file: the file is empty -> add sites, or remove the file from the inventory",
  "cut.csv:2:6 wrong-encoding: the file is not UTF-8 from here on -> save it as UTF-8",
  "default.yaml file-not-found: "default.yaml" does not exist -> correct the path; it is relative to the working folder of the command",
  "empty.yaml empty-file: the file is empty -> add sites, or remove the file from the inventory",
  "folder empty-folder: the folder has no .yaml or .yml file -> add a file, or name another folder",
  "latin.csv:2:6 wrong-encoding: the file is not UTF-8 from here on -> save it as UTF-8",
  "site.yaml file-not-found: "site.yaml" does not exist -> did you mean "sites.yaml"?",
  "sites.yaml/x.json file-not-found: "sites.yaml/x.json" does not exist -> correct the path; it is relative to the working folder of the command",
  "utf16.yaml wrong-encoding: the file is UTF-16 -> save it as UTF-8",
  "zero.ndjson:2:4 wrong-encoding: the file holds a NUL byte: it is UTF-16 or not a text file -> save it as UTF-8 text",
]
`);
    expect(inventory({ labels: Labels, from: [] }).problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning no-sites",
    ]);
  });

  test("with twenty thousand equal faults are reported in seconds", () => {
    const line = JSON.stringify(site("x", { regoin: 1 }));
    const made = files({ s: Array.from({ length: 20_000 }, (_, at) => line.replace('"x"', `"x${at}"`)).join("\n") });
    const started = performance.now();
    const { problems } = inventory({ labels: Labels, from: [ndjson(made.path("s"))] });
    expect(problems).toHaveLength(20_000);
    expect(problems.at(-1)?.at[0]?.line).toBe(20_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("any input gives problems and never exceptions", () => {
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
