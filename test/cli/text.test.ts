import { PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { problemText } from "../../cli/output/problem-text.ts";
import { table } from "../../cli/output/table.ts";
import { visibleJson, visibleText } from "../../cli/output/visible-text.ts";
import type { Place, Problem } from "../../core/index.ts";
import fc from "fast-check";

const pipe = new PassThrough();

function problem(changes: Partial<Problem> = {}): Problem {
  return { code: "unknown-field", severity: "error", message: 'unknown field "regoin"', at: [], next: 'write "region"', ...changes };
}

describe("a problem for people", () => {
  test("shows place, word, message, the line with a caret under the fault, the reason and the next step", () => {
    const at: Place[] = [{ file: "sites/oslo.yaml", line: 7, column: 3, text: "  regoin: north" }];
    expect(problemText([problem({ at, because: "site facts are strict" })], pipe)).toMatchInlineSnapshot(`
"sites/oslo.yaml:7:3 unknown-field: unknown field "regoin"
  7 |   regoin: north
    |   ^
  because: site facts are strict
  next: write "region"
"
`);
  });

  test("names every other place, up to three", () => {
    const at = [1, 2, 3, 4, 5, 6].map((line) => ({ file: "a.yaml", line, column: 1 }));
    expect(problemText([problem({ at })], pipe)).toMatchInlineSnapshot(`
"a.yaml:1:1 unknown-field: unknown field "regoin"
  also a.yaml:2:1
  also a.yaml:3:1
  also a.yaml:4:1
  and at 2 more places
  next: write "region"
"
`);
  });

  test("is told once when many places have it, and counted", () => {
    const many = Array.from({ length: 1000 }, (_, line) => problem({ at: [{ file: "sites.csv", line, column: 1 }] }));
    const text = problemText(many, pipe);
    expect(text.match(/unknown-field/g)).toHaveLength(1);
    expect(text).toContain("and at 996 more places");
    expect(text.endsWith("\n1000 errors\n")).toBe(true);
  });

  test("ends after fifty with the words and numbers of the rest, errors before warnings", () => {
    const errors = Array.from({ length: 60 }, (_, index) =>
      problem({ message: `fault ${index}`, code: index < 55 ? "no-key" : "no-trust" }),
    );
    const text = problemText([problem({ severity: "warning", code: "bad-label" }), ...errors], pipe);
    expect(text).toContain("and 11 more: 5 no-key, 5 no-trust, 1 bad-label (-o json lists all)");
    expect(text.startsWith("no-key: fault 0")).toBe(true);
    expect(text.endsWith("60 errors, 1 warning\n")).toBe(true);
  });

  test("shows the part of a very long line that the caret points into", () => {
    const text = `${"a".repeat(5000)}X${"b".repeat(5000)}`;
    const [, line, caret] = problemText([problem({ at: [{ file: "a.json", line: 1, column: 5001, text }] })], pipe).split("\n") as [
      string,
      string,
      string,
    ];
    expect(line.length).toBeLessThan(140);
    expect(line[caret.indexOf("^")]).toBe("X");
  });

  test("keeps the caret under the fault when marks before it are written out", () => {
    const text = "na\u202eme:\tX";
    const [, line, caret] = problemText([problem({ at: [{ file: "a.yaml", line: 12, column: text.indexOf("X") + 1, text }] })], pipe).split(
      "\n",
    ) as [string, string, string];
    expect(line).toContain("\\u{202e}");
    expect(line[caret.indexOf("^")]).toBe("X");
  });

  test("survives columns beyond the line", () => {
    expect(problemText([problem({ at: [{ file: "a.yaml", line: 1, column: 99, text: "short" }] })], pipe)).toContain("short\n");
  });

  test("never lets through what a terminal obeys, in whatever field it comes", () => {
    const nasty = fc.string({ unit: "binary", maxLength: 30 });
    const places = fc.array(fc.record({ file: nasty, line: fc.nat(), column: fc.integer({ min: 1, max: 40 }), text: nasty, path: nasty }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(nasty, nasty, nasty, places, (message, because, next, at) => {
        expect(problemText([problem({ message, because, next, at })], pipe)).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
      }),
    );
  });
});

test("JSON keeps every value while nothing in it is unseen", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = visibleJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toMatch(/[^\P{Cf}]|[\u0080-\u009f\u2028\u2029]/u);
    }),
  );
  expect(visibleJson("\u202e\u{e0041}")).toBe('"\\u202e\\udb40\\udc41"');
});

test("text that hides nothing is left as it is", () => {
  expect(visibleText("Zürich, Łódź, 東京, 🛫")).toBe("Zürich, Łódź, 東京, 🛫");
  expect(visibleText("a\u001b[31mb\u200bc\rd")).toBe("a\\u{1b}[31mb\\u{200b}c\\u{d}d");
});

test("a table's columns line up, whatever script the names are in", () => {
  expect(
    table(
      ["site", "name", "nodes"],
      [
        ["oslo", "Ósló", "1"],
        ["hnd", "東京", "3"],
        ["x", "plain", ""],
      ],
    ),
  ).toMatchInlineSnapshot(`
"site  name   nodes
oslo  Ósló   1
hnd   東京   3
x     plain
"
`);
});
