import type { Place } from "../../core/index.ts";
import { type FactPath, formatPath } from "../fact-path.ts";
import { tryReread } from "../text/file-text.ts";
import { type JsonNode, offsetIn, readJsonTree } from "./json-tree.ts";
import type { Aim, Locator } from "../text/locator.ts";
import type { TextLines } from "../text/text-lines.ts";

/** Blocks are offsets: of a line in NDJSON, always 0 in JSON, where a path begins with the index in the list. */
export class JsonLocator implements Locator {
  readonly file: string;
  readonly #unit: "value" | "line";
  #lines: TextLines | undefined;
  #tree: { readonly block: number; readonly root: JsonNode | undefined } | undefined;

  constructor(file: string, unit: "value" | "line") {
    this.file = file;
    this.#unit = unit;
  }

  place(block: number, path: FactPath, aim: Aim): Place {
    this.#lines ??= tryReread(this.file);
    // The file was removed since it was read, so only its name is known.
    if (!this.#lines) return { file: this.file, path: formatPath(path) };
    const { text } = this.#lines;
    if (this.#tree?.block !== block) {
      const end = this.#unit === "line" ? text.indexOf("\n", block) : -1;
      this.#tree = { block, root: readJsonTree(text.slice(block, end < 0 ? text.length : end)).root };
    }
    const offset = this.#tree.root ? offsetIn(this.#tree.root, path, aim) : 0;
    return this.#lines.placeAt(Math.min(block + offset, text.length), formatPath(path));
  }

  forget(): void {
    this.#lines = undefined;
    this.#tree = undefined;
  }
}
