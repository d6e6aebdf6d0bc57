import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Row, TABLES } from "./rows.ts";

/** The full name of a test, with the names of its groups, and its file. */
export interface NamedTest {
  readonly name: string;
  readonly file: string;
}

/** docs/faults.md, and the rows without a test. */
export function faultsPage(top: string): { readonly page: string; readonly unproved: readonly string[] } {
  const tests = namedTests(join(top, "test"));
  const unproved: string[] = [];
  const tables = TABLES.map(({ title, rows }) => {
    const lines = rows.map((row) => {
      const found = tests.filter(({ name }) => carries(name, row.key));
      if (found.length === 0) unproved.push(row.key);
      return lineOf(row, found);
    });
    return `## ${title}\n\n| | promise and tests |\n|---|---|\n${lines.join("\n")}\n`;
  });
  return { page: `${HEAD}\n${tables.join("\n")}`, unproved };
}

const HEAD = `# Promises and their tests

Written by \`npm run faults\` from the names of the tests; a test fails when the page is out of date or a row has no test. The name of a test contains the number of its promise or the words of the fault. Open a row to see its tests by file.
`;

function lineOf({ key, promise }: Row, found: readonly NamedTest[]): string {
  const files = [...new Set(found.map(({ file }) => file))];
  const names = files.map((file) => {
    const items = found.filter((each) => each.file === file).map(({ name }) => `<li>${html(name)}</li>`);
    return `<code>${file}</code><ul>${items.join("")}</ul>`;
  });
  const tests = `<details><summary>${found.length} ${found.length === 1 ? "test" : "tests"}</summary>${cell(names.join(""))}</details>`;
  return `| ${key} | ${cell(promise)} ${tests} |`;
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function carries(name: string, key: string): boolean {
  if (/^[A-Z]\d+$/.test(key)) return new RegExp(`(^|[^A-Za-z0-9])${key}(?![0-9])`).test(name);
  return name.toLowerCase().includes(key.toLowerCase());
}

/** Names in the sources: of `describe`, `test` and their tables, in tests and in conformance suites. */
function namedTests(folder: string): readonly NamedTest[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /(\.test|-conformance)\.ts$/.test(name));
  return files.toSorted().flatMap((file) => testsIn(readFileSync(join(folder, file), "utf8"), `test/${file}`));
}

const CALL = /^( *)(describe|test)(?:\.each)?(?:\.[a-z]+)*\b[^\n]*?(?:\(|\()\s*(["`])((?:\\.|(?!\3)[^\\])*)\3/;

/** Groups are found by their indentation, which the formatter guarantees. */
function testsIn(source: string, file: string): NamedTest[] {
  const groups: { indent: number; name: string }[] = [];
  const found: NamedTest[] = [];
  for (const { indent, kind, name } of calls(source)) {
    while (groups.length > 0 && (groups.at(-1) as { indent: number }).indent >= indent) groups.pop();
    if (kind === "describe") groups.push({ indent, name });
    else found.push({ name: [...groups.map((group) => group.name), name].join(" › ").replaceAll(/\$\{[^}]*\}/g, "…"), file });
  }
  return found;
}

function* calls(source: string): Generator<{ indent: number; kind: string; name: string }> {
  const lines = source.split("\n");
  for (const [place, line] of lines.entries()) {
    const head = /^( *)(describe|test)\b(\.[a-zA-Z]+)*\(/.exec(line);
    if (!head) continue;
    const indent = (head[1] as string).length;
    const own = CALL.exec(`${line}${line.endsWith("(") ? (lines[place + 1] as string).trim() : ""}`);
    const isTable = /^ *(describe|test)(\.[a-zA-Z]+)*\.each/.test(line);
    const name = isTable ? nameAfterTable(lines, place, indent) : own?.[4];
    if (name !== undefined) yield { indent, kind: head[2] as string, name };
  }
}

/** `])("name", …`: the name of a table is after its last row. */
function nameAfterTable(lines: readonly string[], start: number, indent: number): string | undefined {
  for (let place = start; place < lines.length; place++) {
    const line = lines[place] as string;
    const text = line.endsWith("(") ? `${line}${(lines[place + 1] ?? "").trim()}` : line;
    const found = /\)\(\s*(["`])((?:\\.|(?!\1)[^\\])*)\1/.exec(text);
    if (found) return found[2];
    if (place > start && /^ *(describe|test)\b/.test(line) && line.search(/\S/) <= indent) return undefined;
  }
  return undefined;
}
