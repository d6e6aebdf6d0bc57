import ts from "typescript";
import { breach, type Breach } from "./breach.ts";
import { lineOf, type Source, walk } from "./source.ts";
import { OUTSIDE, SPEAKERS, WORLD_FILE } from "./table.ts";

// By the object they hang on, so that `port.env(…)` and `clock.now()` of our own ports pass.
const READS: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  performance: ["now", "timeOrigin", "mark", "measure"],
  Math: ["random"],
  process: ["env", "cwd", "hrtime", "uptime", "pid", "ppid", "argv"],
};

// Flagged whatever they hang on: `crypto.randomBytes`, an import by name, a method of a Date.
const RANDOM = [
  "randomBytes",
  "randomUUID",
  "randomInt",
  "randomFill",
  "randomFillSync",
  "getRandomValues",
  "generateKeyPair",
  "generateKeyPairSync",
  "generateKeySync",
];
const LOCAL_TIME = [
  "getHours",
  "getMinutes",
  "getDate",
  "getDay",
  "getMonth",
  "getFullYear",
  "getTimezoneOffset",
  "toDateString",
  "toTimeString",
  "setHours",
  "setDate",
  "setMonth",
];
const LOCALE = ["localeCompare", "toLocaleString", "toLocaleDateString", "toLocaleTimeString", "toLocaleLowerCase", "toLocaleUpperCase"];
const WORLD_MODULES = ["node:process", "node:perf_hooks", "process", "perf_hooks"];

/** Same facts, same bytes: clock, randomness, environment, locale and time zone are read in one file only. */
export function worldBreaches(sources: readonly Source[]): Breach[] {
  const judged = sources.filter((source) => source.path !== WORLD_FILE && !OUTSIDE.includes(source.room));
  return judged.flatMap((source) => {
    const found: Breach[] = [];
    walk(source.ast, (node) => {
      const read = tryWorldRead(node);
      if (read !== undefined && !(read === "process.argv" && speaks(source)))
        found.push(breach("world-read", source, lineOf(source, node), `${read}: take it from a port of core/`));
      const said = tryOutput(node);
      if (said !== undefined && !speaks(source))
        found.push(breach("output", source, lineOf(source, node), `${said}: only cli/ and agent/main.ts speak`));
    });
    return found;
  });
}

function speaks(source: Source): boolean {
  return SPEAKERS.some((speaker) => speaker.test(source.path));
}

function tryWorldRead(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node)) return tryWorldObject(node);
  if (ts.isCallExpression(node) && node.expression.getText() === "Date") return "Date()";
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer) {
    const base = baseName(node.initializer);
    const taken = node.name.elements.map((element) => (element.propertyName ?? element.name).getText());
    return taken.filter((name) => READS[base]?.includes(name)).map((name) => `${base}.${name}`)[0];
  }
  if (ts.isImportDeclaration(node)) return tryWorldImport(node);
  const access = tryAccess(node);
  if (access === undefined) return undefined;
  if (READS[access.base]?.includes(access.name)) return `${access.base}.${access.name}`;
  return [...RANDOM, ...LOCAL_TIME, ...LOCALE].includes(access.name) ? access.name : undefined;
}

function tryWorldObject(node: ts.NewExpression): string | undefined {
  const made = node.expression.getText();
  const isBare = (node.arguments?.length ?? 0) === 0 || node.arguments?.[0]?.getText() === "undefined";
  return isBare && (made === "Date" || made.startsWith("Intl.")) ? `new ${made}()` : undefined;
}

function tryWorldImport(node: ts.ImportDeclaration): string | undefined {
  const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
  if (WORLD_MODULES.includes(specifier)) return specifier;
  const names = node.importClause?.namedBindings;
  if (!/^(node:)?crypto$/.test(specifier) || names === undefined || ts.isNamespaceImport(names)) return undefined;
  return names.elements.map((name) => (name.propertyName ?? name.name).text).find((name) => RANDOM.includes(name));
}

// A library that prints cannot be used by a program that answers in JSON.
function tryOutput(node: ts.Node): string | undefined {
  const access = tryAccess(node);
  if (access?.base === "console") return `console.${access.name}`;
  return access?.base === "process" && ["stdout", "stderr", "exit"].includes(access.name) ? `process.${access.name}` : undefined;
}

function tryAccess(node: ts.Node): { readonly base: string; readonly name: string } | undefined {
  if (ts.isPropertyAccessExpression(node)) return { base: baseName(node.expression), name: node.name.text };
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return { base: baseName(node.expression), name: node.argumentExpression.text };
  }
  return undefined;
}

// `globalThis.process.env` is `process.env`.
function baseName(node: ts.Node): string {
  return node.getText().replace(/^globalThis\.?/, "");
}
