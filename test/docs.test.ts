import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { problemCodes, reasons } from "../core/index.ts";
import { faultsPage } from "../tools/faults/page.ts";

/** Pages repeat words of the code in tables. What is in one and not in the other is a reader led astray. */

const top = join(import.meta.dirname, "..");

const PAGES: readonly (readonly [page: string, rooms: readonly (keyof typeof problemCodes)[]])[] = [
  ["inventory", ["sites"]],
  ["rendering", ["synth", "kube"]],
  ["releases", ["releases", "publish", "git", "cli"]],
];

test.each(PAGES)("docs/%s.md lists every code of core/problem-codes.ts that %s can give, and no other", (page, rooms) => {
  expect(firstCells(page, "codes").toSorted()).toEqual(
    rooms
      .flatMap((room) => problemCodes[room])
      .filter(isFirst)
      .toSorted(),
  );
});

test.each(PAGES.flatMap(([, rooms]) => rooms))("core/problem-codes.ts lists the codes of %s as its files write them", (room) => {
  expect(problemCodes[room]).toEqual(codesOf(room).toSorted().filter(isFirst));
});

test("core/problem-codes.ts lists the codes with which a command at a box ends", () => {
  expect(problemCodes.agent).toEqual(filesOf("agent").flatMap(worldCodesIn).toSorted().filter(isFirst));
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
  expect(page).toContain("a new tree is applied completely, and after PRUNE nothing of the old one is left");
  expect(readFileSync(join(top, "docs/faults.md"), "utf8")).toBe(page);
});

test("every link of a page leads to a file that is there, and to a heading of it", () => {
  const broken = pages().flatMap((page) => {
    const links = [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g)];
    return links.flatMap(([, path = "", anchor]) => {
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(top, target))) return [`${page}: ${path} is not there`];
      return anchor === undefined || anchorsOf(read(target)).includes(anchor.slice(1)) ? [] : [`${page}: ${target} has no ${anchor}`];
    });
  });
  expect(broken).toEqual([]);
});

test("docs/README.md sorts every page of docs/ once", () => {
  const listed = [...read("docs/README.md").matchAll(/^\| \[[^\]]*\]\(([a-z-]+\.md)\)/gm)].map(([, name]) => name as string);
  expect(listed.toSorted()).toEqual(readdirSync(join(top, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md"));
});

test.each(["docs/extending.md", "SECURITY.md", "ARCHITECTURE.md"])("%s names files that are there", (page) => {
  const named = [...read(page).matchAll(/`([a-z]+(?:\/[A-Za-z0-9.-]+)+\/?)`/g)].map(([, path]) => path as string);
  const own = named.filter((path) => existsSync(join(top, path.split("/")[0] as string)));
  expect(own).not.toEqual([]);
  expect(own.filter((path) => !existsSync(join(top, path)))).toEqual([]);
});

test("docs/glossary.md is in the order of the alphabet, each word once", () => {
  const lines = read("docs/glossary.md")
    .split("\n")
    .filter((line) => line.startsWith("| "));
  const words = lines.slice(1).map((line) => (line.slice(2).split(" | ")[0] as string).toLowerCase());
  expect(words.length).toBeGreaterThan(40);
  expect(words).toEqual([...new Set(words)].toSorted());
});

test("forms for issues have what the git host asks of them: names, known fields, an id once, and options where it is a choice", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = readdirSync(join(top, folder)).filter((name) => name.endsWith(".yml") && name !== "config.yml");
  expect(forms).toEqual(["bug.yml", "feature.yml"]);
  for (const name of forms) {
    const form = parse(read(`${folder}/${name}`));
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String), body: expect.any(Array) });
    const fields = (form.body as { type: string; id?: string; attributes: Record<string, unknown> }[]).filter(
      ({ type }) => type !== "markdown",
    );
    expect(fields.every(({ type, id }) => ["input", "textarea", "dropdown"].includes(type) && /^[a-z]+$/.test(id ?? ""))).toBe(true);
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
    expect(fields.every(({ attributes }) => typeof attributes["label"] === "string")).toBe(true);
    expect(fields.every(({ type, attributes }) => (type === "dropdown") === Array.isArray(attributes["options"]))).toBe(true);
  }
});

test("the search for codes knows each way in which a room writes one", () => {
  const source = `
    report({ code: "a-field", message }); const code = "a-constant"; function stop(code: ProblemCode = "a-default") {} fileProblem("a-position", file); new WorldError("a-world", "…");
    readonly code: "a-union" | "b-union"; const shared = { code: \`bad-\${what}\` }; thingFault("profile name", text);
    problems.add({ code: isMissing ? "a-choice" : "b-choice" }); this.#stop("nested", next, "a-last-place"); issues.push({ code: "custom" }); if (error.code === "no-code") return;`;
  expect(codesIn(source).toSorted()).toEqual([
    "a-choice",
    "a-constant",
    "a-default",
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

function read(page: string): string {
  return readFileSync(join(top, page), "utf8");
}

/** All pages for readers, from the top folder. */
function pages(): string[] {
  const below = ["docs", "examples", "bench", ".github"].flatMap((folder) =>
    readdirSync(join(top, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return [...readdirSync(top), ...below].filter((path) => path.endsWith(".md"));
}

const FENCED = /^```[^]*?^```$/gm;

function withoutCode(page: string): string {
  return page.replaceAll(FENCED, "").replaceAll(/`[^`\n]*`/g, "");
}

/** As git hosts make them of headings: lower case, signs dropped, spaces as hyphens. */
function anchorsOf(page: string): string[] {
  const titles = [...page.replaceAll(FENCED, "").matchAll(/^#+ (.*)$/gm)].map(([, title]) => title as string);
  return titles.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function codesOf(room: string): string[] {
  return filesOf(room).flatMap(codesIn);
}

/** The texts of a room's files. */
function filesOf(room: string): string[] {
  const names = readdirSync(join(top, room), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.map((name) => readFileSync(join(top, room, name), "utf8"));
}

// The agent's other literals of this form are reasons.
function worldCodesIn(source: string): string[] {
  return [...source.matchAll(new RegExp(`\\bWorldError\\(\\s*"(${WORD})"`, "g"))].map(([, code]) => code as string);
}

const WORD = "[a-z0-9]+(?:-[a-z0-9]+)*";
/** Literals where a code belongs: a field or constant of that name, its union or choice, and calls that take a code at a fixed place. */
const PLACES = [
  new RegExp(`\\bcode(?::|(?:: ProblemCode)? =) (?:\\w+ \\? )?("${WORD}"(?: [|:] "${WORD}")*)`, "g"),
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
