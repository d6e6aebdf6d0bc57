import { listFiles, readFileText } from "../text/file-text.ts";
import { JsonLocator } from "./json-locator.ts";
import { mayHideFaults } from "./json-skim.ts";
import { readJsonTree } from "./json-tree.ts";
import type { Sink, InventorySource } from "./source.ts";
import { type TextFault, textProblem } from "../text/text-fault.ts";
import { TextLines } from "../text/text-lines.ts";

/** One site, or a list of sites, a file; a path may be a folder, of which all `.json` files are read. */
export function json(path: string): InventorySource {
  return { read: (sink) => readAll(path, ".json", sink, readJsonFile) };
}

/** One site a line: the cheapest text for a big fleet that a program writes. */
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

// Blocks of a list are told apart by their index, so the whole file is one text to search for places.
function readJsonFile(file: string, text: string, sink: Sink): void {
  const reader = new JsonReader(file, text, sink);
  const value = reader.tryParse(0, text.length);
  if (value === undefined) return;
  const locator = new JsonLocator(file, "value");
  if (!Array.isArray(value)) return sink.site(value, { locator, block: 0, path: ROOT });
  for (const [at, site] of (value as unknown[]).entries()) sink.site(site, { locator, block: 0, path: [at] });
}

// Line by line: a broken line is one fault, and the others are read.
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

// Fast where nothing is wrong: the engine's own parser and a skim. Places are counted from the whole file, also in NDJSON.
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

  /** undefined when there is nothing, or no JSON. Faults that `JSON.parse` hides are reported as well. */
  tryParse(start: number, end: number): unknown {
    const text = this.#text.slice(start, end);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The tree's reader says where and why.
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
