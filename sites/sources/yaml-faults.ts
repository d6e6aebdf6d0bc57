import { quoted } from "../../core/index.ts";
import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { RuleViolation } from "../text/rule-violation.ts";
import type { TextFault } from "../text/text-fault.ts";
import type { YamlDocument } from "./yaml-documents.ts";

const DEPTH_MAX = 64;
// The library's own default; a hundred uses are plenty where defaults exist.
const ALIASES_MAX = 100;

// 100 levels opened in a row: the library would need a fifth of a second to give up on twenty thousand.
const DEEP_NESTING = /(?:[[{][^[\]{}]{0,64}){100}|(?:[-?] {1,8}){100}/;

/** Nesting that no inventory has, found before anything walks into it. */
export function nestingFault(text: string): TextFault | undefined {
  const found = DEEP_NESTING.exec(text);
  return found ? nestedTooDeep(found.index) : undefined;
}

/** What is wrong with a document as YAML, whatever it means. Of errors of syntax only the first: the rest are its echoes. */
export function documentFaults(document: YamlDocument): TextFault[] {
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (first) return [syntaxFault(first.code, first.message, first.pos[0])];
  const faults = document.warnings.map(({ message, pos }) => ({ ...syntax(message), offset: pos[0] }));
  if (document.contents) inspect(document.contents, document, 0, faults);
  return faults;
}

/** A document of comments alone, or between two `---`. */
export function isEmptyDocument({ contents }: YamlDocument): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source);
}

/** The document as plain values; aliases share one object, within limits. */
export function toValue(document: YamlDocument): { readonly value: unknown } | { readonly fault: TextFault } {
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown };
  } catch (error) {
    // The library's own guards: an alias without its anchor was found before, so this is expansion.
    if (!(error instanceof ReferenceError)) throw error;
    const next = "write the values out, or move what is shared to the defaults";
    return { fault: { code: "alias-expansion", message: "alias expansion over limit", next, offset: document.range[0] } };
  }
}

// The library's words are good where ours would only repeat them.
function syntaxFault(code: string, message: string, offset: number): TextFault {
  switch (code) {
    case "TAB_AS_INDENT":
      return { code: "bad-yaml", message: "tabs cannot indent YAML", next: "indent with spaces", offset };
    case "NON_STRING_KEY":
      return { code: "bad-yaml", message: "a key must be text", next: "put the key in quotes", offset };
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
    message: `no YAML: ${line.charAt(0).toLowerCase()}${line.slice(1)}`,
    next: "mend the text here; what follows was not read",
  };
}

function nestedTooDeep(offset: number): TextFault {
  return { code: "nested-too-deep", message: "nested too deep", next: `write it flat; ${DEPTH_MAX} levels are the most`, offset };
}

// One walk for all that the library takes without a word. Aliases are not followed, so it ends on any graph.
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
    const message = `the anchor &${node.source} is not set before this`;
    faults.push({ code: "bad-yaml", message, next: "set the anchor earlier, or write the value out", offset });
  }
}

// Keys are scalars too, and may be as ambiguous as values: `no: 1`.
function inspectKey(key: Node, seen: Map<string, number>, faults: TextFault[]): void {
  if (!isScalar(key)) return;
  const offset = key.range?.[0] ?? 0;
  const name = String(key.value);
  const first = seen.get(name);
  if (first === undefined) seen.set(name, offset);
  else
    faults.push({
      code: "duplicate-key",
      message: `key ${quoted(name)} stands twice in one map`,
      next: "keep one of the two",
      offset,
      first,
    });
  inspectScalar(key, offset, faults);
}

// What a reader of YAML 1.1 (kubectl, PyYAML) takes for a boolean, an octal, a number in base 60, a number with separators, or a date.
const OTHERWISE_IN_1_1 =
  /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|[-+]?0[0-9_]+|[-+]?0[box][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)$/;

// Plain scalars only: quotes, and block texts, say that text is meant.
function inspectScalar(scalar: Scalar, offset: number, faults: TextFault[]): void {
  const { source } = scalar;
  if (scalar.type !== "PLAIN" || source === undefined) return;
  if (OTHERWISE_IN_1_1.test(source)) {
    const because = "readers of YAML 1.1 and 1.2 take it for different values";
    faults.push({ code: "ambiguous-value", message: `a bare ${source} is ambiguous`, because, next: plainer(source), offset });
  } else if (typeof scalar.value === "number" && Number.isInteger(scalar.value) && !Number.isSafeInteger(scalar.value)) {
    const because = "numbers above 2^53 are rounded without a word";
    faults.push({
      code: "unsafe-number",
      message: `${source} is too big for an exact number`,
      because,
      next: `put it in quotes: "${source}"`,
      offset,
    });
  }
}

// Norway's `no` most often means the text, a switch in `labels` the boolean: say both.
function plainer(source: string): string {
  const isSwitch = /^[a-z]+$/i.test(source);
  const meant = /^(y|yes|on)$/i.test(source);
  return isSwitch ? `write "${source}" for the text, ${meant} for the switch` : `put it in quotes: "${source}"`;
}
