import { hash } from "node:crypto";
import { fill, type Template } from "../../core/index.ts";
import type { Delta } from "./delta.ts";
import { isLate, type Late, type Placed } from "./late-blob.ts";
import type { Base, ObjectSink } from "./object-writer.ts";
import { compareEntries } from "../objects/tree.ts";

export interface PlacedEntry {
  readonly mode: string;
  readonly name: string;
  readonly placed: Placed;
}

interface Hole {
  readonly late: Late;
  /** Offsets of the id in the SHA-1 and the SHA-256 form of the tree (with header), and in the delta. */
  readonly at1: number;
  readonly at2: number;
  readonly atDelta: number;
}

/**
 * A folder with the same names at all sites of its shape: its two tree objects are built once, with holes for the ids that differ, and so are
 * the delta instructions against the first instance, which differ at the same places.
 */
export class LateFolder implements Late {
  id1 = "";
  id2 = "";
  readonly #sink: ObjectSink;
  readonly #tree1: Buffer;
  readonly #tree2: Buffer;
  readonly #body1: Buffer;
  readonly #delta: Buffer;
  readonly #holes: readonly Hole[];
  #base: Base | undefined;

  constructor(entries: readonly PlacedEntry[], sink: ObjectSink, delta: Delta) {
    const sorted = entries.toSorted(compareEntries);
    this.#sink = sink;
    this.#tree1 = treeObject(sorted, "id1", 20);
    this.#tree2 = treeObject(sorted, "id2", 32);
    this.#body1 = this.#tree1.subarray(this.#tree1.indexOf(0) + 1);
    const late = sorted.map((entry, index) => ({ entry, index })).filter(({ entry }) => isLate(entry.placed));
    const at1 = late.map(({ index }) => idOffset(sorted, index, 20));
    const atDelta = layDelta(delta, this.#body1, at1);
    this.#delta = Buffer.from(delta.bytes);
    const header1 = this.#tree1.length - this.#body1.length;
    const header2 = this.#tree2.indexOf(0) + 1;
    this.#holes = late.map(({ entry, index }, number) => ({
      late: entry.placed as Late,
      at1: header1 + (at1[number] as number),
      at2: header2 + idOffset(sorted, index, 32),
      atDelta: atDelta[number] as number,
    }));
  }

  fill(values: readonly string[]): void {
    for (const hole of this.#holes) {
      hole.late.fill(values);
      this.#tree1.write(hole.late.id1, hole.at1, "latin1");
      this.#tree2.write(hole.late.id2, hole.at2, "latin1");
      this.#delta.write(hole.late.id1, hole.atDelta, "latin1");
    }
    this.id1 = hash("sha1", this.#tree1, "binary");
    this.id2 = hash("sha256", this.#tree2, "binary");
    if (!this.#sink.isNew(this.id1)) return;
    if (this.#sink.isReachable(this.#base)) this.#sink.writeDelta(this.#base, this.#delta);
    else this.#base = this.#sink.writeWhole("tree", this.#body1);
  }
}

/** A folder with a late file name, so that even the order of its entries differs between sites. */
export class LateNamedFolder implements Late {
  id1 = "";
  id2 = "";
  readonly #sink: ObjectSink;
  readonly #entries: readonly (PlacedEntry | NamedByTemplate)[];

  constructor(entries: readonly (PlacedEntry | NamedByTemplate)[], sink: ObjectSink) {
    this.#entries = entries;
    this.#sink = sink;
  }

  fill(values: readonly string[]): void {
    const sorted = this.#entries.map((entry) => this.#filled(entry, values)).sort(compareEntries);
    const names = new Set(sorted.map((entry) => entry.name));
    if (names.size < sorted.length)
      throw new Error(`two files of one folder have the same name: ${sorted.map((entry) => entry.name).join(" ")}`);
    const tree1 = treeObject(sorted, "id1", 20);
    this.id1 = hash("sha1", tree1, "binary");
    this.id2 = hash("sha256", treeObject(sorted, "id2", 32), "binary");
    if (this.#sink.isNew(this.id1)) this.#sink.writeWhole("tree", tree1.subarray(tree1.indexOf(0) + 1));
  }

  // The ids are copied at once, because several entries may share one late file.
  #filled(entry: PlacedEntry | NamedByTemplate, values: readonly string[]): PlacedEntry {
    if (isLate(entry.placed)) entry.placed.fill(values);
    const name = typeof entry.name === "string" ? entry.name : fill(entry.name, values);
    return { mode: entry.mode, name, placed: { id1: entry.placed.id1, id2: entry.placed.id2 } };
  }
}

export interface NamedByTemplate {
  readonly mode: string;
  readonly name: Template;
  readonly placed: Placed;
}

/** The whole object with its header. Unknown ids are filled with NUL. */
export function treeObject(sorted: readonly PlacedEntry[], id: "id1" | "id2", idBytes: number): Buffer {
  let body = "";
  for (const entry of sorted) {
    body += `${entry.mode} ${Buffer.from(entry.name).toString("latin1")}\0${entry.placed[id].padEnd(idBytes, "\0")}`;
  }
  return Buffer.from(`tree ${body.length}\0${body}`, "latin1");
}

function idOffset(sorted: readonly PlacedEntry[], index: number, idBytes: number): number {
  let offset = 0;
  for (const entry of sorted.slice(0, index + 1)) offset += entry.mode.length + 1 + Buffer.byteLength(entry.name) + 1 + idBytes;
  return offset - idBytes;
}

/** Instructions that copy everything but the ids at `holes` from a tree of the same shape. Returns the offsets of those ids. */
function layDelta(delta: Delta, body: Buffer, holes: readonly number[]): number[] {
  const places: number[] = [];
  delta.begin(body.length, body.length);
  let from = 0;
  for (const hole of holes) {
    // Mode and name are always between two ids, so each id is a separate insert.
    delta.copy(from, hole - from);
    delta.insert(body, hole, hole + 20);
    places.push(delta.bytes.length - 20);
    from = hole + 20;
  }
  if (from < body.length) delta.copy(from, body.length - from);
  return places;
}
