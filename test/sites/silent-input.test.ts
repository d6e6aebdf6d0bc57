import { symlinkSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { csv, inventory, json, ndjson, numberIn, type SiteInput, sites, yaml } from "../../sites/index.ts";
import { parseSelector, selectSites } from "../../sites/index.ts";
import { files, Labels, problemLinesOfSource, problemLinesOfYaml, site } from "./problem-lines.ts";

/** Input that would vanish, or become another value, without a word. */

describe("a folder of sites", () => {
  const one = (id: string): string => JSON.stringify(site(id));

  test("is read whatever the case of its files' endings", () => {
    const folder = files({
      "s/a.YAML": one("a"),
      "s/b.Yml": one("b"),
      "s/c.yml": one("c"),
      "j/d.JSON": one("d"),
      "j/e.Json": `[${one("e")}]`,
      "n/f.NDJSON": `${one("f")}\n`,
      "t/g.CSV": "code\ng\n",
    });
    const { sites: read, problems } = inventory({
      labels: Labels,
      from: [
        yaml(folder.path("s")),
        json(folder.path("j")),
        ndjson(folder.path("n")),
        csv<"code">(folder.path("t"), (row) => site(row.code)),
      ],
    });
    expect(problems).toEqual([]);
    expect(read.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  });

  test("passes over what editors and other programs leave: names that begin with a dot, files and folders", () => {
    const folder = files({
      "s/a.yaml": one("a"),
      "s/._a.yaml": Buffer.from([0, 5, 22, 7, 0, 2]),
      "s/.sops.yaml": "creation_rules: []\n",
      "s/.a.yaml.swp": Buffer.from([0x62, 0x30, 0]),
      "s/.backup/b.yaml": "no: site\n",
      "s/a.yaml~": "half a site",
      "s/#a.yaml#": "half a site",
    });
    symlinkSync("user@host.1234:17", folder.path("s/.#a.yaml"));
    const { sites: read, problems } = inventory({ labels: Labels, from: [yaml(folder.path("s"))] });
    expect(problems).toEqual([]);
    expect(read.map(({ id }) => id)).toEqual(["a"]);
  });

  test("with such names alone is a problem", () => {
    const folder = files({ "s/.a.yaml": one("a") });
    expect(folder.lines(inventory({ labels: Labels, from: [yaml(folder.path("s"))] }).problems)[0]).toContain("empty-folder");
  });
});

test("a Git LFS pointer is called that in each kind of file, and where it is", () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
  const folder = files({
    "a.csv": pointer,
    "b.ndjson": pointer,
    "c.yaml": pointer,
    "d.json": pointer.replaceAll("\n", "\r\n"),
    "e.yaml": pointer,
  });
  const { problems } = inventory({
    labels: Labels,
    defaults: folder.path("e.yaml"),
    from: [
      csv(folder.path("a.csv"), () => site("a")),
      ndjson(folder.path("b.ndjson")),
      yaml(folder.path("c.yaml")),
      json(folder.path("d.json")),
    ],
  });
  const pointers = problems.filter(({ code }) => code === "lfs-pointer");
  expect(folder.lines(pointers).sort()).toEqual(
    ["a.csv", "b.ndjson", "c.yaml", "d.json", "e.yaml"].map(
      (name) => `${name} lfs-pointer: "${name}" is a Git LFS pointer, not the file itself -> run git lfs pull, in CI before skerry`,
    ),
  );
  expect(problems.filter(({ code }) => code !== "lfs-pointer" && code !== "no-sites")).toEqual([]);
});

describe("an unquoted value", () => {
  /** Of https://yaml.org/type/, with `_` in fractions as the implementations have it. */
  const valueIn11 = (text: string): unknown => {
    if (/^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
    if (/^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
    const digits = text.replaceAll("_", "");
    if (/^[-+]?0b[01_]+$/.test(text)) return Number(digits.replace(/^[-+]/, ""));
    if (/^[-+]?0[0-7_]+$/.test(text)) return Number.parseInt(digits, 8);
    if (/^[-+]?(0|[1-9][0-9_]*)$/.test(text)) return Number(digits);
    if (/^[-+]?0x[0-9a-fA-F_]+$/.test(text)) return Number(digits.replace(/^[-+]/, ""));
    if (/^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text)) return `base 60 ${text}`;
    if (/^[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?$/.test(text)) return Number(digits);
    if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return `date ${text}`;
    return `text ${text}`;
  };
  /** The core schema of YAML 1.2, 10.3.2. */
  const valueIn12 = (text: string): unknown => {
    if (/^(true|True|TRUE)$/.test(text)) return true;
    if (/^(false|False|FALSE)$/.test(text)) return false;
    if (/^[-+]?[0-9]+$/.test(text)) return Number(text);
    if (/^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(text)) return Number(text);
    if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
    return `text ${text}`;
  };
  const isRefused = (text: string): boolean =>
    problemLinesOfYaml(`id: x\nname: ${text}\n`).some((line) => line.includes("ambiguous-value: ") && line.startsWith("y:2:7"));

  test("that YAML 1.1 and 1.2 read apart is refused, whatever it looks like", () => {
    const forms = ["1e3", "1.5e3", "5319E7", "1e+3", ".5e3", "-1E-2", "0.1_5", "0b11", "+0x1F", "09", "=", "12:30:45.5", "off"];
    expect(forms.filter((form) => !isRefused(form))).toEqual([]);
    const letter = fc.constantFrom(..."0123456789".split(""), "0", "1", ".", "e", "E", "+", "-", "_", "x", "b", "o", ":");
    fc.assert(
      fc.property(fc.array(letter, { minLength: 1, maxLength: 7 }), (letters) => {
        const text = letters.join("");
        // What begins or ends like this is no scalar.
        if (/^[-:]$|^-?:|:$|^[-+.e:_]*$/.test(text)) return;
        if (!Object.is(valueIn11(text), valueIn12(text))) expect([text, isRefused(text)]).toEqual([text, true]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("that both read alike is taken", () => {
    const forms = ["1.5e+3", "12", "-0.5", "+12", "1.", ".5", "true", "abc", "1.2.3", "10.0.0.1", "v1e3", "e3", "2026-1"];
    expect(forms.filter(isRefused)).toEqual([]);
  });
});

describe("a table", () => {
  type Row = Readonly<Record<"code" | "lat" | "lon" | "note", string>>;
  const table = (text: string, toSite: (row: Row) => SiteInput): string[] =>
    problemLinesOfSource((path) => csv<keyof Row>(path("t.csv"), toSite), { "t.csv": `code,lat,lon,note\n${text}` });

  test("whose empty cell would become 0 is refused where the location is made of it, on either line", () => {
    const naive = (row: Readonly<Record<string, string>>): SiteInput => ({
      ...site(row["code"] as string),
      location: { latitude: Number(row["lat"]), longitude: Number(row["lon"]) },
    });
    const lines = table("a,,10.7,x\nb,59.9,  ,x\nc,59.9,10.7,x\n", naive);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('t.csv:2:1 null-island: the latitude or longitude is 0, and column "lat" is empty in this row');
    expect(lines[1]).toContain('t.csv:3:1 null-island: the latitude or longitude is 0, and column "lon" is empty in this row');
    // Really on the equator, with nothing empty that was read.
    expect(table("a,0,10.7,\n", naive)).toEqual([]);
  });

  test("gives numbers by numberIn, and names the column, the row and the reason for each cell that holds none", () => {
    const careful = (row: Readonly<Record<"code" | "lat" | "lon" | "note", string>>): SiteInput => ({
      ...site(row.code),
      location: { latitude: numberIn(row, "lat"), longitude: numberIn(row, "lon") },
    });
    expect(table("a,59.9,-10.7,\nb, 1e1 ,+.5,\n", careful)).toEqual([]);
    expect(table('a,,10.7,\nb,"59,9",10.7,\nc,59.9 N,1,\nd,0x10,1,\ne,Infinity,1,\n', careful)).toEqual([
      't.csv:2:1 bad-number: column "lat" is empty, and a number is needed -> write the number into the cell; for a row without one return skip("reason") before it is read',
      't.csv:3:1 bad-number: column "lat" is "59,9", which is no number -> write it with a decimal point: 59.9',
      't.csv:4:1 bad-number: column "lat" is "59.9 N", which is no number -> write a number, without a unit',
      't.csv:5:1 bad-number: column "lat" is "0x10", which is no number -> write a number, without a unit',
      't.csv:6:1 bad-number: column "lat" is "Infinity", which is no number -> write a number, without a unit',
    ]);
  });
});

describe("text in another Unicode form", () => {
  const composed = "Caf\u00e9";
  const decomposed = "Cafe\u0301";

  test("is refused in names, texts, labels and levels, with the form to write", () => {
    const of = (change: object): string[] => problemLinesOfSource(() => sites([{ ...site("a"), ...change }]), {});
    const next = `write it with composed characters (NFC): "${composed}"`;
    for (const change of [{ name: decomposed }, { level: ["no", decomposed] }, { labels: { size: decomposed, scheduled: true } }]) {
      const lines = of(change);
      expect(lines.filter((line) => line.includes(next))).toHaveLength(1);
    }
    expect(of({ name: composed })).toEqual([]);
  });

  test("in a selector finds the composed one", () => {
    const { sites: read } = inventory({ labels: Labels, from: [sites([{ ...site("a"), level: ["no", composed] }, site("b")])] });
    const selector = parseSelector(`level=no/${decomposed}`, read);
    if ("problems" in selector) throw new Error(selector.problems[0]?.message);
    expect(selectSites(read, selector.value).map(({ id }) => id)).toEqual(["a"]);
  });
});
