import type { Place } from "../../core/index.ts";
import { tryShownLine } from "./source-line.ts";

/** Turns offsets of a text into places with line, column and line text. */
export class TextLines {
  readonly #file: string;
  readonly text: string;
  readonly #starts: number[] = [0];

  constructor(file: string, text: string) {
    this.#file = file;
    this.text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  // Columns are UTF-16 units from 1, as in editors.
  placeAt(offset: number, path?: string): Place {
    const line = this.lineAt(offset);
    return linePlace(this.#file, line, offset - (this.#starts[line - 1] as number) + 1, this.line(line), path);
  }

  line(line: number): string {
    const start = this.#starts[line - 1] as number;
    const next = this.#starts[line];
    return this.text.slice(start, next === undefined ? this.text.length : next - 1);
  }

  // Binary search, because a file may have 100,000 faults.
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
}

export function linePlace(file: string, line: number, column: number, text: string, path?: string): Place {
  const shown = tryShownLine(text, column);
  return { file, line, column, ...(shown === undefined ? {} : { text: shown }), ...(path ? { path } : {}) };
}
