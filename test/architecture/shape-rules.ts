import { basename, dirname } from "node:path";
import ts from "typescript";
import { breach, type Breach } from "./breach.ts";
import { lineOf, type Source, walk } from "./source.ts";
import { BANNED_FILE_WORDS, OUTSIDE, SIZES } from "./table.ts";

/** How a file looks: its name, its length, its functions, and syntax that the house does without. */
export function shapeBreaches(sources: readonly Source[]): Breach[] {
  return sources.flatMap((source) => [...nameBreaches(source), ...lengthBreaches(source), ...syntaxBreaches(source)]);
}

/** Rules about all files together: the numbers to live by. */
export function sizeBreaches(sources: readonly Source[]): Breach[] {
  const lengths = sources
    .filter((source) => !OUTSIDE.includes(source.room))
    .map((source) => source.lines)
    .toSorted((a, b) => a - b);
  const at = (share: number): number => lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * share))] ?? 0;
  const rooms = { path: "." };
  return [
    ...folderBreaches(sources),
    ...(at(0.5) > SIZES.medianFileLines
      ? [breach("median-length", rooms, 1, `the median file has ${at(0.5)} lines, at most ${SIZES.medianFileLines}`)]
      : []),
    ...(at(0.95) > SIZES.mostFileLines
      ? [breach("most-lengths", rooms, 1, `95 % of the files have up to ${at(0.95)} lines, at most ${SIZES.mostFileLines}`)]
      : []),
  ];
}

// More files than a screen shows are a list, and tell nothing of how they hang together.
function folderBreaches(sources: readonly Source[]): Breach[] {
  const counts = new Map<string, number>();
  for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > SIZES.folderFiles)
    .map(([folder, count]) =>
      breach("folder-size", { path: folder }, 1, `${count} files, at most ${SIZES.folderFiles}: make folders of them`),
    );
}

// A word like "utils" is where ideas without a name pile up.
function nameBreaches(source: Source): Breach[] {
  const stem = basename(source.path).replace(/(\.test)?\.ts$/, "");
  const words = stem.split("-").filter((word) => BANNED_FILE_WORDS.includes(word));
  const found = words.map((word) => breach("file-name", source, 1, `"${word}" says nothing: name the idea`));
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) ? found : [...found, breach("file-name", source, 1, "files are kebab-case")];
}

function lengthBreaches(source: Source): Breach[] {
  const found =
    source.lines > SIZES.fileLines ? [breach("file-length", source, 1, `${source.lines} lines, at most ${SIZES.fileLines}`)] : [];
  // A `describe` holds its tests, so test files are measured as files only.
  if (source.room === "test") return found;
  walk(source.ast, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
    const lines = source.ast.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(source, node);
    if (lines > SIZES.functionLines)
      found.push(breach("function-length", source, lineOf(source, node), `${lines} lines, at most ${SIZES.functionLines}`));
  });
  return found;
}

function syntaxBreaches(source: Source): Breach[] {
  const found: Breach[] = [];
  walk(source.ast, (node) => {
    const fault = trySyntaxFault(node);
    if (fault !== undefined) found.push(breach(fault.rule, source, lineOf(source, node), fault.message));
  });
  return found;
}

// Enums and namespaces are code that Node cannot run by leaving the types out; `export *` hides what a room promises.
function trySyntaxFault(node: ts.Node): { readonly rule: string; readonly message: string } | undefined {
  if (ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause)))
    return { rule: "export-star", message: "list every export by name" };
  if (ts.isExportAssignment(node) && !mayExportDefault(node.getSourceFile().fileName))
    return { rule: "default-export", message: "named exports only" };
  if (ts.isEnumDeclaration(node)) return { rule: "enum", message: "use a union of strings" };
  if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && node.name.text !== "global")
    return { rule: "namespace", message: "use a file" };
  if (ts.isInterfaceDeclaration(node) && /^I[A-Z][a-z]/.test(node.name.text))
    return { rule: "i-prefix", message: `${node.name.text}: no I before a type's name` };
  return undefined;
}

// A stack is loaded by path, so its default export is its name.
function mayExportDefault(path: string): boolean {
  return ["stacks", ...OUTSIDE].some((folder) => path.startsWith(`${folder}/`));
}
