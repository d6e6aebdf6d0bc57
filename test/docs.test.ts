import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { reasons } from "../core/index.ts";
import { faultsPage } from "../tools/faults/page.ts";

/** Pages repeat words of the code in tables. What is in one and not in the other is a reader led astray. */

const top = join(import.meta.dirname, "..");

test.each([
  ["inventory", ["sites"]],
  ["rendering", ["synth", "kube"]],
  ["releases", ["releases", "publish", "git", "cli"]],
])("docs/%s.md lists every problem that %s can find, and no other", (page, rooms) => {
  expect(firstCells(page, "codes").toSorted()).toEqual(rooms.flatMap(codesOf).filter(isFirst).toSorted());
});

test("docs/agent.md gives each reason word with the sentence of core/reasons.ts", () => {
  expect(rowsOf("agent", "words")).toEqual(Object.entries(reasons).map(([word, meaning]) => [`\`${word}\``, meaning]));
});

test("docs/threats.md speaks of reasons that exist, and of every word with which a release is refused", () => {
  const page = readFileSync(join(top, "docs/threats.md"), "utf8");
  const [, table = ""] = /## The attacks\n([\s\S]*?)\n## /.exec(page) ?? [];
  const words = [...table.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map((match) => match[1] as string).filter((word) => word !== "trust");
  expect(words.filter((word) => !Object.hasOwn(reasons, word))).toEqual([]);
  // These are said of an honest release too: of an age, a window, a want.
  const harmless = ["release-not-yet-known", "release-too-old", "retired-mismatch", "empty-tree", "agent-too-old", "one-way"];
  const all = Object.keys(reasons);
  const refusals = all.slice(all.indexOf("bad-commit"), all.indexOf("one-way") + 1);
  expect(refusals.filter((word) => !harmless.includes(word) && !words.includes(word))).toEqual([]);
});

test("docs/faults.md names the tests as they are, and no promise is without one (npm run faults writes it)", () => {
  const { page, unproved } = faultsPage(top);
  expect(unproved).toEqual([]);
  // Tests of a conformance suite stand in a module that test files call.
  expect(page).toContain("a new tree is there whole, and with PRUNE nothing of the old one is left");
  expect(readFileSync(join(top, "docs/faults.md"), "utf8")).toBe(page);
});

test("the search for codes knows each way in which a room writes one", () => {
  const source = `
    report({ code: "a-field", message }); const code = "a-constant"; fileProblem("a-position", file); new WorldError("a-world", "…");
    readonly code: "a-union" | "b-union"; const shared = { code: \`bad-\${what}\` }; thingFault("profile name", text);
    problems.add({ code: isMissing ? "a-choice" : "b-choice" }); this.#stop("nested", next, "a-last-place"); issues.push({ code: "custom" }); if (error.code === "no-code") return;`;
  expect(codesIn(source).toSorted()).toEqual([
    "a-choice",
    "a-constant",
    "a-field",
    "a-last-place",
    "a-position",
    "a-union",
    "a-world",
    "b-choice",
    "b-union",
    "bad-profile-name",
  ]);
});

function codesOf(room: string): string[] {
  const files = readdirSync(join(top, room), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.flatMap((name) => codesIn(readFileSync(join(top, room, name), "utf8")));
}

const WORD = "[a-z0-9]+(?:-[a-z0-9]+)*";
/** Literals where a code belongs: a field or constant of that name, its union or choice, and calls that take a code at a fixed place. */
const PLACES = [
  new RegExp(`\\bcode(?::| =) (?:\\w+ \\? )?("${WORD}"(?: [|:] "${WORD}")*)`, "g"),
  new RegExp(`\\b(?:WorldError|fileProblem|atByte|fault|refuse|problem)\\(\\s*("${WORD}")`, "g"),
  new RegExp(`#stop\\([^;]*, ("${WORD}")\\)`, "g"),
];
/** zod's own word for a check that we wrote. */
const FOREIGN = new Set(["custom"]);

function codesIn(source: string): string[] {
  const literals = PLACES.flatMap((place) =>
    [...source.matchAll(place)].flatMap(([, list]) => (list as string).match(/[a-z0-9-]+/g) ?? []),
  );
  const prefixed = source.includes("`bad-${what")
    ? [...source.matchAll(/\w+Fault\("([a-z ]+)"/g)].map(([, what]) => `bad-${(what as string).replace(" ", "-")}`)
    : [];
  return [...literals, ...prefixed].filter((code) => !FOREIGN.has(code)).filter(isFirst);
}

/** The rows of the table below `<!-- name: … -->`, head and rule left out. */
function rowsOf(page: string, name: string): string[][] {
  const text = readFileSync(join(top, "docs", `${page}.md`), "utf8");
  const [, table] = new RegExp(`<!-- ${name}: [^\\n]*-->\\n([\\s\\S]*?)<!-- end of ${name} -->`).exec(text) ?? [];
  const lines = (table ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(1);
  return lines.map((line) => line.slice(2, -2).split(" | "));
}

function firstCells(page: string, name: string): string[] {
  return rowsOf(page, name).map(([cell]) => (cell as string).replaceAll("`", ""));
}

function isFirst(code: string, at: number, all: readonly string[]): boolean {
  return all.indexOf(code) === at;
}
