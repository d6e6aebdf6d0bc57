import { listFiles, readFileText } from "../text/file-text.ts";
import { JsonLocator } from "./json-locator.ts";
import { mayHideFaults } from "./json-skim.ts";
import { readJsonTree } from "./json-tree.ts";
import type { Sink, InventorySource } from "./source.ts";
import { type TextFault, textProblem } from "../text/text-fault.ts";
import { TextLines } from "../text/text-lines.ts";

/** One site or a list of sites in each file. `path` is a file, or a folder with `.json` files. */
export function json(path: string): InventorySource {
  return { read: (sink) => readAll(path, ".json", sink, readJsonFile) };
}

/** One site in each line: the fastest format for large generated inventories. */
export function ndjson(path: string): InventorySource {
  return { read: (sink) => readAll(path, ".ndjson", sink, readNdjsonFile) };
}

function readAll(path: string, ending: string, sink: Sink, read: (file: string, text: string, sink: Sink) => void): void {
  const list = listFiles(path, [ending]);
  if ("problem" in list) return sink.unreadable(list.problem);
  for (const file of list.files) {
    const found = readFileText(file);
    if ("problem" in found) sink.unreadable(found.problem);
    else read(file, found.text, sink);
  }
}

// Sites of a list are identified by their index, so the whole file is one block.
function readJsonFile(file: string, text: string, sink: Sink): void {
  const reader = new JsonReader(file, text, sink);
  const value = reader.tryParse(0, text.length);
  if (value === undefined) return;
  const locator = new JsonLocator(file, "value");
  if (!Array.isArray(value)) return sink.site(value, { locator, block: 0, path: ROOT });
  for (const [at, site] of (value as unknown[]).entries()) sink.site(site, { locator, block: 0, path: [at] });
}

// Line by line: a broken line is one fault, and the other lines are read.
function readNdjsonFile(file: string, text: string, sink: Sink): void {
  const reader = new JsonReader(file, text, sink);
  const locator = new JsonLocator(file, "line");
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const value = reader.tryParse(start, end);
    if (value !== undefined) sink.site(value, { locator, block: start, path: ROOT });
    start = end + 1;
  }
}

const ROOT: readonly never[] = [];

// Valid text takes the fast path: the engine's parser and a quick check. Places refer to the whole file, also in NDJSON.
class JsonReader {
  readonly #file: string;
  readonly #text: string;
  readonly #sink: Sink;
  #lines: TextLines | undefined;

  constructor(file: string, text: string, sink: Sink) {
    this.#file = file;
    this.#text = text;
    this.#sink = sink;
  }

  /** undefined for empty or invalid text. Also reports faults that `JSON.parse` ignores. */
  tryParse(start: number, end: number): unknown {
    const text = this.#text.slice(start, end);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The slower reader finds the place and the reason.
      if (text.trim() !== "") this.#report(start, readJsonTree(text).faults);
      return undefined;
    }
    if (!mayHideFaults(text, value)) return value;
    const tree = readJsonTree(text);
    this.#report(start, tree.faults);
    return tree.root ? value : undefined;
  }

  #report(start: number, faults: readonly TextFault[]): void {
    for (const fault of faults) this.#sink.unreadable(textProblem((this.#lines ??= new TextLines(this.#file, this.#text)), fault, start));
  }
}
