import { type ProblemCode, quoted } from "../../core/index.ts";
import type { FactPath } from "../fact-path.ts";
import type { Aim } from "../text/locator.ts";
import type { TextFault } from "../text/text-fault.ts";

/** A JSON text with the offsets of its parts. Only for faults: `JSON.parse` is many times faster but gives no places. */
export interface JsonNode {
  readonly offset: number;
  readonly members?: readonly JsonMember[];
  readonly items?: readonly JsonNode[];
}

interface JsonMember {
  readonly name: string;
  readonly offset: number;
  readonly value: JsonNode;
}

/** There may be faults as well as a root: duplicate keys and long integers do not stop the reader. */
export interface JsonTree {
  /** undefined when the text is not JSON. */
  readonly root: JsonNode | undefined;
  readonly faults: readonly TextFault[];
}

// Limits the recursion.
const DEPTH_MAX = 64;
// The grammar of RFC 8259. Sticky, so that a match begins at the current position.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const SPACE = /[ \t\r\n]*/y;

export function readJsonTree(text: string): JsonTree {
  const reader = new JsonReader(text);
  const root = reader.tryRead();
  return { root, faults: reader.faults };
}

/** The offset of the value at `path`, or of the innermost existing value around it. */
export function offsetIn(root: JsonNode, path: FactPath, aim: Aim): number {
  let { offset } = root;
  let node = root;
  for (const [at, step] of path.entries()) {
    const member = node.members?.findLast(({ name }) => name === step);
    const below = typeof step === "number" ? node.items?.[step] : member?.value;
    if (!below) return offset;
    offset = member && aim === "key" && at === path.length - 1 ? member.offset : below.offset;
    node = below;
  }
  return offset;
}

/** Thrown and caught in this file only: the reader stops at a syntax fault. */
class Stop extends Error {}

// Continues after duplicate keys and long integers, and stops at the first syntax fault.
class JsonReader {
  readonly faults: TextFault[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  tryRead(): JsonNode | undefined {
    try {
      const root = this.#value(0);
      this.#space();
      if (this.#at < this.#text.length) this.#stop("text follows the end of the value", "remove it; in NDJSON each line is one value");
      return root;
    } catch (error) {
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  #value(depth: number): JsonNode {
    this.#space();
    const offset = this.#at;
    if (depth > DEPTH_MAX) this.#stop("the value is nested too deep", `use at most ${DEPTH_MAX} levels`, "nested-too-deep");
    const sign = this.#text[offset];
    if (sign === "{") return { offset, members: this.#members(depth) };
    if (sign === "[") return { offset, items: this.#items(depth) };
    if (sign === '"') this.#string();
    else if (sign === "-" || (sign !== undefined && sign >= "0" && sign <= "9")) this.#number();
    else this.#literal();
    return { offset };
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    const seen = new Map<string, number>();
    this.#list("}", () => {
      const offset = this.#at;
      if (this.#text[offset] !== '"') this.#stop("a key must be a string in double quotes", "put the key in double quotes");
      const name = this.#string();
      this.#checkDuplicate(name, offset, seen);
      this.#space();
      if (this.#text[this.#at] !== ":") this.#stop(`":" is missing after the key ${quoted(name)}`, 'write "key": value');
      this.#at++;
      members.push({ name, offset, value: this.#value(depth + 1) });
    });
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list("]", () => items.push(this.#value(depth + 1)));
    return items;
  }

  // The common part of objects and lists: commas between entries, none at the end.
  #list(end: string, one: () => void): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === end) return void this.#at++;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] === end) this.#stop(`there is a comma before "${end}"`, "remove the last comma");
      one();
      this.#space();
      const sign = this.#text[this.#at];
      if (sign !== "," && sign !== end) this.#stop(`"," or "${end}" is missing`, "correct the JSON here");
      this.#at++;
      if (sign === end) return;
    }
  }

  // JSON.parse would silently keep the second.
  #checkDuplicate(name: string, offset: number, seen: Map<string, number>): void {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, offset);
    else
      this.faults.push({
        code: "duplicate-key",
        message: `key ${quoted(name)} is in one object twice`,
        next: "keep one of the two",
        offset,
        first,
      });
  }

  #string(): string {
    const found = this.#match(STRING);
    if (found === undefined)
      this.#stop("the string is not closed, or holds a control character or an invalid escape", 'close it with "; write a line end as \\n');
    return JSON.parse(found) as string;
  }

  // Only integers: every reader rounds fractions, and nobody relies on their last digit.
  #number(): void {
    const offset = this.#at;
    const found = this.#match(NUMBER) ?? "";
    if (/[0-9.]/.test(this.#text[this.#at] ?? ""))
      this.#stop("this is not a number", 'JSON has no leading zeros; put a name in quotes, like "012"');
    if (/^-?[0-9]+$/.test(found) && !Number.isSafeInteger(Number(found))) {
      const because = "numbers above 2^53 are rounded silently";
      this.faults.push({
        code: "unsafe-number",
        message: `${found} is too large for an exact number`,
        because,
        next: `put it in quotes: "${found}"`,
        offset,
      });
    }
  }

  // Also reports everything that is not JSON: bare words, comments, single quotes, NaN.
  #literal(): void {
    const offset = this.#at;
    const found = this.#match(WORD);
    if (found === "true" || found === "false" || found === "null") return;
    this.#at = offset;
    if (found !== undefined) this.#stop(`${quoted(found)} is not a JSON value`, `put strings in double quotes: ${quoted(found)}`);
    this.#stop(this.#text[offset] === undefined ? "the text ends too early" : "this is not a JSON value", "correct the JSON here");
  }

  #space(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #stop(message: string, next: string, code: ProblemCode = "bad-json"): never {
    this.faults.push({ code, message: code === "bad-json" ? `invalid JSON: ${message}` : message, next, offset: this.#at });
    throw new Stop();
  }
}
