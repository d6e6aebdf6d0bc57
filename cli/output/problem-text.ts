import { styleText } from "node:util";
import { amount, type Place, type Problem } from "../../core/index.ts";
import { visibleText } from "./visible-text.ts";

// More than this nobody reads before mending the first; a program takes all of them by `-o json`.
const GROUPS_MAX = 50;
const PLACES_MAX = 3;
const LINE_LENGTH_MAX = 120;

type Style = (style: "red" | "yellow" | "bold" | "dim", text: string) => string;

/**
 * Problems for people: place, word, message, the line itself with a caret, reason, next step. Equal problems at many places are one,
 * errors come first, and after 50 the rest is counted by its words.
 */
export function problemText(problems: readonly Problem[], stream: NodeJS.WritableStream): string {
  const style: Style = (name, text) => styleText(name, text, { stream });
  const groups = groupOf(problems).toSorted((a, b) => Number(b.severity === "error") - Number(a.severity === "error"));
  const shown = groups.slice(0, GROUPS_MAX).map((problem) => oneProblem(problem, style));
  const count = problems.length > 1 ? [countOf(problems)] : [];
  return [...shown, ...restOf(groups.slice(GROUPS_MAX)), ...count].join("\n");
}

// Ten thousand rows with one fault are one problem at ten thousand places. Maps throughout: this runs on whole inventories.
function groupOf(problems: readonly Problem[]): Problem[] {
  const groups = new Map<string, { readonly problem: Problem; readonly places: Map<string, Place> }>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.severity, problem.message, problem.because, problem.next]);
    const group = groups.get(key) ?? { problem, places: new Map() };
    for (const place of problem.at) group.places.set([place.file, place.line, place.column, place.path].join("\0"), place);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ problem, places }) => ({ ...problem, at: [...places.values()] }));
}

function oneProblem({ code, severity, message, at, because, next }: Problem, style: Style): string {
  const [first, ...others] = at;
  const word = severity === "error" ? style("red", code) : style("yellow", `warning ${code}`);
  const lines = [`${first ? `${style("bold", placeText(first))} ` : ""}${word}: ${visibleText(message)}`];
  if (first) lines.push(...excerpt(first, style));
  for (const place of others.slice(0, PLACES_MAX)) lines.push(`  also ${placeText(place)}`);
  if (others.length > PLACES_MAX) lines.push(`  and at ${amount(others.length - PLACES_MAX, "more place")}`);
  if (because !== undefined) lines.push(`  because: ${visibleText(because)}`);
  lines.push(`  next: ${visibleText(next)}`);
  return `${lines.join("\n")}\n`;
}

/** `file:line:column path`, as editors and terminals make links of it; any part may be missing. */
export function placeText({ file, line, column, path }: Place): string {
  const position = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(":");
  return visibleText([position, path].filter((part) => part !== undefined && part !== "").join(" "));
}

function excerpt({ line, column, text }: Place, style: Style): string[] {
  if (text === undefined) return [];
  // A line may be a whole file: show the part that the caret points into.
  const caret = Math.min(Math.max((column ?? 1) - 1, 0), text.length);
  const start = Math.max(0, caret - LINE_LENGTH_MAX * 0.75);
  const before = `${start > 0 ? "…" : ""}${visibleText(text.slice(start, caret))}`;
  const after = visibleText(text.slice(caret, start + LINE_LENGTH_MAX)) + (text.length > start + LINE_LENGTH_MAX ? "…" : "");
  // The caret counts what is shown, not what was read: a mark that was written out is longer than it was.
  const gutter = `  ${line ?? ""} | `;
  const shown = `${style("dim", gutter)}${before}${after}`;
  return column === undefined
    ? [shown]
    : [shown, `${style("dim", `${" ".repeat(gutter.length - 2)}| `)}${" ".repeat(before.length)}${style("red", "^")}`];
}

function restOf(groups: readonly Problem[]): string[] {
  if (groups.length === 0) return [];
  const byCode = Map.groupBy(groups, ({ code }) => code);
  const counts = [...byCode].map(([code, rest]) => `${rest.length} ${code}`).join(", ");
  return [`and ${groups.length} more: ${counts} (-o json lists all)\n`];
}

function countOf(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const parts = [errors > 0 ? amount(errors, "error") : "", warnings > 0 ? amount(warnings, "warning") : ""];
  return `${parts.filter((part) => part !== "").join(", ")}\n`;
}
