import type { Place } from "../../core/index.ts";
import { type FactPath, formatPath } from "../fact-path.ts";
import { tryReread } from "../text/file-text.ts";
import type { Locator } from "../text/locator.ts";
import type { TextLines } from "../text/text-lines.ts";

/** Blocks are offsets of rows. What a row function made of a column cannot be traced back, so a place is the row's beginning. */
export class CsvLocator implements Locator {
  readonly file: string;
  #lines: TextLines | undefined;

  constructor(file: string) {
    this.file = file;
  }

  place(block: number, path: FactPath): Place {
    this.#lines ??= tryReread(this.file);
    // The path still says which fact is meant.
    const name = formatPath(path);
    return this.#lines ? this.#lines.placeAt(Math.min(block, this.#lines.text.length), name) : { file: this.file, path: name };
  }

  forget(): void {
    this.#lines = undefined;
  }
}
