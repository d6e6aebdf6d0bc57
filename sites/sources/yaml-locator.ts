import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import type { Place } from "../../core/index.ts";
import { type FactPath, formatPath } from "../fact-path.ts";
import { tryReread } from "../text/file-text.ts";
import type { Aim, Locator } from "../text/locator.ts";
import type { TextLines } from "../text/text-lines.ts";
import { composeDocuments, type YamlDocument } from "./yaml-documents.ts";

/** Blocks are offsets of documents, so that one document can be parsed again by itself. */
export class YamlLocator implements Locator {
  readonly file: string;
  #lines: TextLines | undefined;
  #document: { readonly block: number; readonly contents: YamlDocument | undefined } | undefined;

  constructor(file: string) {
    this.file = file;
  }

  place(block: number, path: FactPath, aim: Aim): Place {
    this.#lines ??= tryReread(this.file);
    // The file was removed since it was read, so only its name is known.
    if (!this.#lines) return { file: this.file, path: formatPath(path) };
    const { text } = this.#lines;
    if (this.#document?.block !== block) {
      const [contents] = composeDocuments(text.slice(block));
      this.#document = { block, contents };
    }
    const offset = this.#document.contents ? offsetOf(this.#document.contents, path, aim) : 0;
    return this.#lines.placeAt(Math.min(block + offset, text.length), formatPath(path));
  }

  forget(): void {
    this.#lines = undefined;
    this.#document = undefined;
  }
}

// Follows the path as far as it exists. The place of a missing value is the innermost existing value around it.
function offsetOf(document: YamlDocument, path: FactPath, aim: Aim): number {
  let node: Node | null = document.contents;
  let offset = startOf(node) ?? document.range[0];
  for (const [at, step] of path.entries()) {
    const whole: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    const below = stepDown(whole ?? null, step);
    if (!below) return offset;
    const isLast = at === path.length - 1;
    offset = (isLast && aim === "key" ? below.keyOffset : startOf(below.value)) ?? below.keyOffset ?? offset;
    node = below.value;
  }
  return offset;
}

// The last of two equal keys, as a parser reads it.
function stepDown(
  node: Node | null,
  step: string | number,
): { readonly value: Node | null; readonly keyOffset: number | undefined } | undefined {
  if (isSeq<Node | null>(node) && typeof step === "number") {
    const item = node.items[step];
    return item === undefined ? undefined : { value: item, keyOffset: startOf(item) };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === step);
  return pair && { value: pair.value, keyOffset: startOf(pair.key) };
}

function startOf(node: Node | null): number | undefined {
  return node?.range?.[0];
}
