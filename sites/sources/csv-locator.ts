import type { Place } from "../../core/index.ts";
import { type FactPath, formatPath } from "../fact-path.ts";
import { tryReread } from "../text/file-text.ts";
import type { Locator } from "../text/locator.ts";
import type { TextLines } from "../text/text-lines.ts";

/** Blocks are offsets of rows. The column of a fact is unknown after the row function, so a place is the beginning of the row. */
export class CsvLocator implements Locator {
  readonly file: string;
  #lines: TextLines | undefined;

  constructor(file: string) {
    this.file = file;
  }

  place(block: number, path: FactPath): Place {
    this.#lines ??= tryReread(this.file);
    // The path names the fact.
    const name = formatPath(path);
    return this.#lines ? this.#lines.placeAt(Math.min(block, this.#lines.text.length), name) : { file: this.file, path: name };
  }

  forget(): void {
    this.#lines = undefined;
  }
}
