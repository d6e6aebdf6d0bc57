import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { OUTSIDE, ROOMS, TEMPLATE } from "./table.ts";

export interface Import {
  /** As written: `./names.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** The file it means, from the top folder; undefined for packages. */
  readonly file: string | undefined;
  /** Erased by the compiler: no value crosses. */
  readonly typeOnly: boolean;
  /** `import()`, or a file named by `new URL("./x.ts", import.meta.url)` for a worker. */
  readonly late: boolean;
  readonly line: number;
  /** Names of the other file whose values are used here: none for a type import, `*` where the code does not say. */
  readonly names: readonly string[];
}

export interface Source {
  /** From the top folder, with `/`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly lines: number;
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** Parsed by the compiler itself: words in comments, strings and templates are no code, and every form of import is seen. */
export function parseSource(path: string, text: string): Source {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
  const room = path.includes("/") ? path.slice(0, path.indexOf("/")) : path.replace(/\.ts$/, "");
  return { path, room, text, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0), ast, imports: importsOf(path, ast) };
}

/** All TypeScript of the rooms and of what stands outside, in path order. */
export function readSources(top: string): Source[] {
  const folders = [...Object.keys(ROOMS).filter((room) => room !== "index"), ...OUTSIDE];
  const paths = readdirSync(top).filter((name) => name.endsWith(".ts"));
  for (const folder of folders) {
    const names = tryList(join(top, folder)).filter((name) => name.endsWith(".ts"));
    paths.push(...names.map((name) => posix.join(folder, name.replaceAll("\\", "/"))));
  }
  const judged = paths.filter((path) => !path.startsWith(TEMPLATE)).toSorted();
  return judged.map((path) => parseSource(path, readFileSync(join(top, path), "utf8")));
}

function tryList(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export function lineOf(source: Pick<Source, "ast">, node: ts.Node): number {
  return source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1;
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function importsOf(path: string, ast: ts.SourceFile): Import[] {
  const found: Import[] = [];
  walk(ast, (node) => {
    const hit = tryImport(node);
    if (hit === undefined) return;
    const relative = hit.specifier.startsWith(".");
    const file = relative ? posix.normalize(posix.join(posix.dirname(path), hit.specifier)) : undefined;
    found.push({ ...hit, file, line: lineOf({ ast }, node) });
  });
  return found;
}

function tryImport(node: ts.Node): Omit<Import, "file" | "line"> | undefined {
  if (ts.isImportDeclaration(node))
    return { specifier: textOf(node.moduleSpecifier), typeOnly: isTypeImport(node), late: false, names: importedNames(node) };
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const names = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : undefined;
    const typeOnly = node.isTypeOnly || (names !== undefined && names.length > 0 && names.every((name) => name.isTypeOnly));
    const values = names?.filter((name) => !name.isTypeOnly).map((name) => (name.propertyName ?? name.name).text);
    return { specifier: textOf(node.moduleSpecifier), typeOnly, late: false, names: typeOnly ? [] : (values ?? ["*"]) };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), typeOnly: true, late: false, names: [] };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    // A computed specifier is a user's stack: no edge of ours.
    return argument && ts.isStringLiteralLike(argument)
      ? { specifier: argument.text, typeOnly: false, late: true, names: namesTakenFrom(node) }
      : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "URL" && node.arguments?.[1]?.getText() === "import.meta.url") {
    const [name] = node.arguments;
    if (!name || !ts.isStringLiteralLike(name) || !/\.[jt]s$/.test(name.text)) return undefined;
    return { specifier: name.text.startsWith(".") ? name.text : `./${name.text}`, typeOnly: false, late: true, names: ["*"] };
  }
  return undefined;
}

// `import {} from` and `import "x"` load the module, so they are no type imports.
function isTypeImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  if (clause.name || names === undefined || ts.isNamespaceImport(names)) return false;
  return names.elements.length > 0 && names.elements.every((name) => name.isTypeOnly);
}

function importedNames(node: ts.ImportDeclaration): readonly string[] {
  const { importClause: clause } = node;
  if (clause === undefined || isTypeImport(node)) return [];
  const named = clause.namedBindings;
  if (clause.name || named === undefined || ts.isNamespaceImport(named)) return ["*"];
  return named.elements.filter((name) => !name.isTypeOnly).map((name) => (name.propertyName ?? name.name).text);
}

/** `const { a, b } = await import("./c.ts")` takes a and b; any other use of an `import()` may take everything. */
function namesTakenFrom(call: ts.CallExpression): readonly string[] {
  const declaration = ts.isAwaitExpression(call.parent) ? call.parent.parent : undefined;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || !ts.isObjectBindingPattern(declaration.name)) return ["*"];
  return declaration.name.elements.map(({ propertyName, name }) => (propertyName ?? name).getText());
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}
