import ts from "typescript";
import { lineOf, type Source, walk } from "./source.ts";

/** A value that a file exports and does not use itself. */
export interface ValueExport {
  readonly name: string;
  readonly line: number;
}

/** Values that only other files can use; types are left out, since a signature may need one that nobody names. */
export function valueExports(source: Source): readonly ValueExport[] {
  const counts = identifierCounts(source);
  return source.ast.statements.flatMap((statement) => {
    const line = lineOf(source, statement);
    if (ts.isExportDeclaration(statement)) return reExports(statement).map((name) => ({ name, line }));
    return declaredNames(statement)
      .filter((name) => counts.get(name) === 1)
      .map((name) => ({ name, line }));
  });
}

function reExports(statement: ts.ExportDeclaration): readonly string[] {
  const { exportClause: clause } = statement;
  if (statement.isTypeOnly || clause === undefined || !ts.isNamedExports(clause)) return [];
  return clause.elements.filter((name) => !name.isTypeOnly).map((name) => name.name.text);
}

function declaredNames(statement: ts.Statement): readonly string[] {
  const isExported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!isExported) return [];
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return statement.name ? [statement.name.text] : [];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
}

function identifierCounts(source: Source): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  walk(source.ast, (node) => {
    if (ts.isIdentifier(node)) counts.set(node.text, (counts.get(node.text) ?? 0) + 1);
  });
  return counts;
}
