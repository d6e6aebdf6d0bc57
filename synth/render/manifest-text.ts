import { hasUnsafe, escapeYamlText } from "../late/escape.ts";
import { RESERVED } from "../late/marker.ts";

/** These keys come first, in this order, in every map; all others follow in UTF-16 order. */
const FIRST = ["apiVersion", "kind", "metadata", "name", "namespace"];

/** Words that YAML 1.1 or 1.2 does not read as strings; some readers take an exponent without digits for a number. */
const WORDS = /^(y|n|yes|no|on|off|true|false|null|e[-+]?[0-9]+)$/i;
/** An exponent without digits before it (`e0`, `E+1`), which readers of YAML 1.1 may take for a number. */
const EXPONENT = /^[eE][-+]?[0-9]+$/;
const PLAIN = /^[A-Za-z/]([A-Za-z0-9_./@:=+,()?&%~ -]*[A-Za-z0-9_./@=+()?&%~-])?$/;
/** Kubernetes quantities, which no version of YAML reads as a number: `100m`, `64Mi`, `30s`. */
const AMOUNT = /^[1-9][0-9]*(m|Ki|Mi|Gi|Ti|s|h)$/;
/** Text that every reader reads from a block literal unchanged: the first line is not indented, and no line ends in white space. */
const BLOCK = /^(?![ \t\n])(?:.*[^ \t\n])?(?:\n(?:.*[^ \t\n])?)*(?<!\n\n)$/;

/** YAML's limit for a key without `?` is 1,024 characters. */
const KEY_LENGTH_MAX = 1000;

type Path = readonly (string | number)[];

/**
 * A Kubernetes object as a YAML file: block style, keys in a fixed order, LF, no anchors, no folding. It has the same meaning in YAML 1.1 and
 * 1.2. The input's key order has no effect. Text with late facts is always double-quoted.
 *
 * `style` is another rendering of the same object: strings that hold late facts there are double-quoted here as well.
 * Throws `NotPlainData` for values that a manifest cannot hold.
 */
export function manifestText(object: object, style: unknown = object): string {
  return isFilledMap(object, []) ? mapLines(object, style, 0, []) : "{}\n";
}

/** A value that a manifest cannot hold. */
export class NotPlainData extends Error {
  readonly path: Path;

  constructor(path: Path, what: string) {
    super(`${what} is not plain data`);
    this.path = path;
  }
}

function mapLines(map: Record<string, unknown>, style: unknown, indent: number, path: Path): string {
  const pad = " ".repeat(indent);
  let lines = "";
  for (const key of sortedKeys(map)) {
    const value = map[key];
    if (value === undefined) continue;
    const here = [...path, key];
    const name = quotedIfNeeded(key, false, here);
    const lead = name.length > KEY_LENGTH_MAX ? `${pad}? ${name}\n${pad}:` : `${pad}${name}:`;
    lines += lead + afterKey(value, childOf(style, key), indent, here);
  }
  return lines;
}

function listLines(list: readonly unknown[], style: unknown, indent: number, path: Path): string {
  const pad = " ".repeat(indent);
  let lines = "";
  for (const [index, value] of list.entries()) {
    lines += `${pad}-${afterDash(value, childOf(style, index), indent, [...path, index])}`;
  }
  return lines;
}

function afterKey(value: unknown, style: unknown, indent: number, path: Path): string {
  if (isFilledList(value)) return `\n${listLines(value, style, indent + 2, path)}`;
  if (isFilledMap(value, path)) return `\n${mapLines(value, style, indent + 2, path)}`;
  return ` ${scalar(value, style, indent, path)}\n`;
}

function afterDash(value: unknown, style: unknown, indent: number, path: Path): string {
  // The first line follows the dash, so its indent is removed.
  if (isFilledList(value)) return ` ${listLines(value, style, indent + 2, path).slice(indent + 2)}`;
  if (isFilledMap(value, path)) return ` ${mapLines(value, style, indent + 2, path).slice(indent + 2)}`;
  return ` ${scalar(value, style, indent, path)}\n`;
}

function scalar(value: unknown, style: unknown, indent: number, path: Path): string {
  switch (typeof value) {
    case "string":
      return isBlock(value) && !isLate(style) ? blockLines(value, indent, path) : quotedIfNeeded(value, isLate(style), path);
    case "boolean":
      return String(value);
    case "number":
      return numberText(value, path);
    // Only in a list; undefined values of a map are omitted.
    case "undefined":
      return "null";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "[]" : "{}";
    default:
      throw new NotPlainData(path, `a ${typeof value}`);
  }
}

function blockLines(text: string, indent: number, path: Path): string {
  assertWellFormed(text, path);
  const ends = text.endsWith("\n");
  const pad = " ".repeat(indent + 2);
  const lines = (ends ? text.slice(0, -1) : text).split("\n").map((line) => (line === "" ? "" : pad + line));
  return `${ends ? "|" : "|-"}\n${lines.join("\n")}`;
}

function quotedIfNeeded(text: string, mustQuote: boolean, path: Path): string {
  if (!mustQuote && isPlain(text)) return text;
  assertWellFormed(text, path);
  return `"${escapeYamlText(text)}"`;
}

function isPlain(text: string): boolean {
  if (AMOUNT.test(text)) return true;
  return PLAIN.test(text) && !text.includes(": ") && !WORDS.test(text) && !EXPONENT.test(text);
}

function isBlock(text: string): boolean {
  return text.includes("\n") && BLOCK.test(text) && !hasUnsafe(text.replaceAll(/["\\\n\t]/g, ""));
}

function isLate(text: unknown): boolean {
  return typeof text === "string" && RESERVED.test(text);
}

function numberText(value: number, path: Path): string {
  if (!Number.isFinite(value)) throw new NotPlainData(path, String(value));
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  // YAML 1.1 reads an exponent only after a decimal point.
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}

function isFilledList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function isFilledMap(value: unknown, path: Path): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  // The prototype of a plain object has no prototype itself, in any realm.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new NotPlainData(path, `a ${value.constructor.name}`);
  return Object.values(value).some((entry) => entry !== undefined);
}

function sortedKeys(map: Record<string, unknown>): string[] {
  return Object.keys(map).sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

function rankOf(key: string): number {
  const rank = FIRST.indexOf(key);
  return rank < 0 ? FIRST.length : rank;
}

function childOf(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
}

function assertWellFormed(text: string, path: Path): void {
  if (!text.isWellFormed()) throw new NotPlainData(path, "text with half a surrogate pair");
}
