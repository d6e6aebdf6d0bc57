import { describe, expect, test } from "@jest/globals";
import { isDeepStrictEqual } from "node:util";
import { Yaml } from "cdk8s";
import fc from "fast-check";
import { parse } from "yaml";
import { manifestText, NotPlainData } from "../../synth/render/manifest-text.ts";

// Text that YAML readers misread, in addition to fast-check's own values.
const traps = fc.constantFrom(
  ...[
    "no",
    "Y",
    "on",
    "null",
    "~",
    "012",
    "0x1F",
    "0b1",
    "1_000",
    "22:22",
    "1e3",
    "e0",
    "E+1",
    "1.",
    ".inf",
    "2026-11-21",
    "<<",
    "=",
    "---",
    "- a",
    "? a",
  ],
  ...[
    "a: b",
    "a #b",
    "a:b",
    ":a",
    "a:",
    "a :",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "{a",
    "[a",
    "'a",
    '"a',
    " a",
    "a ",
    "a, b",
    "a=b",
    "/x -y (z)",
  ],
  ...[
    "a\tb",
    "a\nb",
    "a\nb\n",
    "a\n\nb\n",
    "\na",
    "a\n\n",
    " a\nb",
    "a\n b\n",
    "a \nb",
    "a\n\t\nb",
    "\ta\nb",
    "a\n\tb",
    "a\r\nb",
    "#a\n---\n...\n%b",
  ],
  ...[
    "",
    "\n",
    "é",
    "a\u0085b",
    "a\u2028b",
    "\ufeffa",
    "a\u007fb",
    "\u202eb",
    "a\n\u202eb",
    "😀",
    "100m",
    "64Mi",
    "30s",
    "\ufffd",
    "\ufffe",
  ],
);
const text = fc.oneof(
  traps,
  fc.string({ unit: "binary" }).filter((value) => value.isWellFormed()),
  fc.stringMatching(/^[ a-z:#\n\t"'|>&*!%@`{},?-]{0,12}$/),
);
const manifest = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc.dictionary(
    fc.oneof(
      text.filter((key) => key !== "__proto__"),
      fc.constantFrom("name", "kind", "spec", "10", "9", "x".repeat(1100)),
    ),
    tie("value"),
    { maxKeys: 5, noNullPrototype: true },
  ),
}));

describe("a manifest", () => {
  test("is read back unchanged by YAML 1.1 and 1.2", () => {
    fc.assert(
      fc.property(manifest.map, (object) => {
        const written = manifestText(object as object);
        for (const version of ["1.1", "1.2"] as const) expect(parse(written, { version, uniqueKeys: true })).toStrictEqual(object);
      }),
      { numRuns: 2000 },
    );
  });

  test("has the same meaning as cdk8s' YAML", () => {
    fc.assert(
      fc.property(manifest.map, (object) => {
        // cdk8s does not quote `<<`, a merge key in YAML 1.1, which then cannot be read at all.
        fc.pre(!JSON.stringify(object).includes('"<<":'));
        const theirs = parse(Yaml.stringify(object), { version: "1.1" });
        // It loses the byte order mark and spaces in a text of blank lines. Ours are kept.
        fc.pre(isDeepStrictEqual(theirs, object));
        expect(parse(manifestText(object as object), { version: "1.1" })).toStrictEqual(theirs);
      }),
      { numRuns: 300 },
    );
  });

  test("has the same bytes for every key order of the input", () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, shuffled(inner)]),
      );
    };
    fc.assert(fc.property(manifest.map, (object) => expect(manifestText(shuffled(object) as object)).toBe(manifestText(object as object))));
  });

  test("has identity first, indented lists, and block literals for text of several lines", () => {
    const object = {
      kind: "ConfigMap",
      data: { "run.sh": "#!/bin/sh\nexec boards\n", flag: "yes", url: "https://a.example/x?y", empty: "" },
      metadata: { labels: { b: "1", a: "x" }, namespace: "boards", name: "settings" },
      apiVersion: "v1",
      list: [{ value: 1, name: "a" }, [1, [2]], [], {}, "text\nof two lines"],
    };
    expect(`\n${manifestText(object)}`).toMatchInlineSnapshot(`
"
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: boards
  labels:
    a: x
    b: "1"
data:
  empty: ""
  flag: "yes"
  run.sh: |
    #!/bin/sh
    exec boards
  url: https://a.example/x?y
list:
  - name: a
    value: 1
  - - 1
    - - 2
  - []
  - {}
  - |-
    text
    of two lines
"
`);
  });

  test("refuses values that are not plain data, with their place", () => {
    const bad = [() => 1, Symbol("x"), 1n, Number.NaN, new Date(0), new Map(), "\uD800"];
    for (const value of bad) {
      expect(() => manifestText({ spec: { list: [1, value] } })).toThrow(NotPlainData);
      try {
        manifestText({ spec: { list: [1, value] } });
      } catch (error) {
        expect((error as NotPlainData).path).toEqual(["spec", "list", 1]);
      }
    }
  });
});
