import { quoted } from "../../core/index.ts";
import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { RuleViolation } from "../text/rule-violation.ts";
import type { TextFault } from "../text/text-fault.ts";
import type { YamlDocument } from "./yaml-documents.ts";

const DEPTH_MAX = 64;
// The library's default.
const ALIASES_MAX = 100;

// 100 levels opened in a row. The library takes 200 ms to give up on twenty thousand levels.
const DEEP_NESTING = /(?:[[{][^[\]{}]{0,64}){100}|(?:[-?] {1,8}){100}/;

/** Finds extreme nesting before the parser runs. */
export function nestingFault(text: string): TextFault | undefined {
  const found = DEEP_NESTING.exec(text);
  return found ? nestedTooDeep(found.index) : undefined;
}

/** The faults of a document as YAML. Only the first syntax error is reported, because later ones mostly follow from it. */
export function documentFaults(document: YamlDocument): TextFault[] {
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (first) return [syntaxFault(first.code, first.message, first.pos[0])];
  const faults = document.warnings.map(({ message, pos }) => ({ ...syntax(message), offset: pos[0] }));
  if (document.contents) inspect(document.contents, document, 0, faults);
  return faults;
}

/** A document without content, or with comments only. */
export function isEmptyDocument({ contents }: YamlDocument): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source);
}

/** The document as plain values. Aliases share one object, up to a limit. */
export function toValue(document: YamlDocument): { readonly value: unknown } | { readonly fault: TextFault } {
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown };
  } catch (error) {
    // Aliases without anchors were reported before, so this is the library's limit on alias expansion.
    if (!(error instanceof ReferenceError)) throw error;
    const next = "write the values out, or move shared facts to the defaults";
    return { fault: { code: "alias-expansion", message: "the aliases expand to too many values", next, offset: document.range[0] } };
  }
}

// Other errors keep the library's message.
function syntaxFault(code: string, message: string, offset: number): TextFault {
  switch (code) {
    case "TAB_AS_INDENT":
      return { code: "bad-yaml", message: "YAML must not be indented with tabs", next: "indent with spaces", offset };
    case "NON_STRING_KEY":
      return { code: "bad-yaml", message: "a key must be a string", next: "put the key in quotes", offset };
    case "RESOURCE_EXHAUSTION":
      return nestedTooDeep(offset);
    default:
      return { ...syntax(message), offset };
  }
}

function syntax(message: string): RuleViolation {
  const [line] = message.split("\n") as [string];
  return {
    code: "bad-yaml",
    message: `invalid YAML: ${line.charAt(0).toLowerCase()}${line.slice(1)}`,
    next: "correct the YAML here; the rest of the document was not read",
  };
}

function nestedTooDeep(offset: number): TextFault {
  return { code: "nested-too-deep", message: "the value is nested too deep", next: `use at most ${DEPTH_MAX} levels`, offset };
}

// Finds what the library accepts silently. Does not follow aliases, so it ends for any graph.
function inspect(node: Node | null, document: YamlDocument, depth: number, faults: TextFault[]): void {
  const offset = node?.range?.[0] ?? 0;
  if (depth > DEPTH_MAX) {
    if (!faults.some((fault) => fault.code === "nested-too-deep")) faults.push(nestedTooDeep(offset));
  } else if (isScalar(node)) inspectScalar(node, offset, faults);
  else if (isSeq<Node | null>(node)) for (const item of node.items) inspect(item, document, depth + 1, faults);
  else if (isMap<Node, Node | null>(node)) {
    const seen = new Map<string, number>();
    for (const { key, value } of node.items) {
      inspectKey(key, seen, faults);
      inspect(value, document, depth + 1, faults);
    }
  } else if (isAlias(node) && !node.resolve(document)) {
    const message = `the anchor &${node.source} is not defined before this alias`;
    faults.push({ code: "bad-yaml", message, next: "define the anchor earlier, or write the value out", offset });
  }
}

// Keys are scalars and may be ambiguous like values: `no: 1`.
function inspectKey(key: Node, seen: Map<string, number>, faults: TextFault[]): void {
  if (!isScalar(key)) return;
  const offset = key.range?.[0] ?? 0;
  const name = String(key.value);
  const first = seen.get(name);
  if (first === undefined) seen.set(name, offset);
  else
    faults.push({
      code: "duplicate-key",
      message: `key ${quoted(name)} is in one map twice`,
      next: "keep one of the two",
      offset,
      first,
    });
  inspectScalar(key, offset, faults);
}

/**
 * Text that YAML 1.1 (kubectl, PyYAML) and YAML 1.2 read apart. Each form is one in the types of https://yaml.org/type/ that the core schema of
 * YAML 1.2 does not have, or the other way round.
 */
const OTHERWISE_IN_1_1 = new RegExp(
  `^(?:${[
    "y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF",
    // Octal, binary and hexadecimal numbers.
    "[-+]?0[0-9_]+|[-+]?0[box][0-9a-fA-F_]+",
    // Numbers with separators, before or after the point.
    "[-+]?[0-9][0-9_]*_[0-9_]*(?:\\.[0-9_]*)?|[-+]?[0-9]*\\.[0-9]*_[0-9_]*",
    // Exponents: YAML 1.1 asks for a point in the number and for a sign in the exponent.
    "[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?(?:[0-9][0-9_]*\\.[0-9_]*|\\.[0-9_]+)[eE][0-9]+",
    // Base 60, dates, and the default value of a map.
    "[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \\t].*)?|=",
  ].join("|")})$`,
);

// Plain scalars only: quoted and block scalars are always strings.
function inspectScalar(scalar: Scalar, offset: number, faults: TextFault[]): void {
  const { source } = scalar;
  if (scalar.type !== "PLAIN" || source === undefined) return;
  if (OTHERWISE_IN_1_1.test(source)) {
    const because = "YAML 1.1 and YAML 1.2 read it as different values";
    faults.push({ code: "ambiguous-value", message: `the unquoted value ${source} is ambiguous`, because, next: plainer(source), offset });
  } else if (typeof scalar.value === "number" && Number.isInteger(scalar.value) && !Number.isSafeInteger(scalar.value)) {
    const because = "numbers above 2^53 are rounded silently";
    faults.push({
      code: "unsafe-number",
      message: `${source} is too large for an exact number`,
      because,
      next: `put it in quotes: "${source}"`,
      offset,
    });
  }
}

// `no` may be a country code or a boolean, so the next step names both.
function plainer(source: string): string {
  const isSwitch = /^[a-z]+$/i.test(source);
  const meant = /^(y|yes|on)$/i.test(source);
  return isSwitch ? `write "${source}" for the string or ${meant} for the boolean` : `put it in quotes: "${source}"`;
}
