import { hash } from "node:crypto";
import type { Template } from "../../core/index.ts";
import { COPY_FROM_BYTES, type Delta } from "./delta.ts";
import type { Base, ObjectSink } from "./object-writer.ts";

/** The ids of a tree entry's object as binary strings: 20 characters for SHA-1, 32 for SHA-256. */
export interface Placed {
  readonly id1: string;
  readonly id2: string;
}

/** An object that differs between sites: after `fill` its ids are those for these values, until the next `fill`. */
export interface Late extends Placed {
  fill(values: readonly string[]): void;
}

export function isLate(placed: Placed): placed is Late {
  return "fill" in placed;
}

/** Memory that all late objects of one writer share, because only one is filled at a time. */
export interface Scratch {
  bytes: Buffer;
  readonly delta: Delta;
}

/** Space before the content for `blob <length> NUL`, which is written backwards. */
const CONTENT_AT = 32;
const HEADER = Buffer.from("blob ", "latin1");
const EMPTY = Buffer.alloc(0);

/** A file with holes. Instances are written as deltas of the first one, because the template shows where they differ. */
export class LateBlob implements Late {
  id1 = "";
  id2 = "";
  readonly #pieces: readonly Buffer[];
  readonly #holes: readonly number[];
  readonly #scratch: Scratch;
  readonly #sink: ObjectSink;
  #object: Buffer = EMPTY;
  #base: Base | undefined;
  #baseBytes = 0;
  readonly #basePieceOffsets: number[] = [];
  /** Offsets of the pieces in the filled content, then its end. */
  readonly #offsets: number[] = [];

  constructor(template: Template, sink: ObjectSink, scratch: Scratch) {
    this.#pieces = template.pieces.map((piece) => Buffer.from(piece));
    this.#holes = template.holes;
    this.#sink = sink;
    this.#scratch = scratch;
  }

  fill(values: readonly string[]): void {
    const end = this.#write(values);
    const start = startWithHeader(this.#scratch.bytes, end - CONTENT_AT);
    this.#view(start, end);
    this.id1 = hash("sha1", this.#object, "binary");
    this.id2 = hash("sha256", this.#object, "binary");
    if (this.#sink.isNew(this.id1)) this.#store(end);
  }

  // Most instances have the same length, and creating a view costs as much as a short hash.
  #view(start: number, end: number): void {
    const { bytes } = this.#scratch;
    const isSame =
      this.#object.buffer === bytes.buffer && this.#object.byteOffset === bytes.byteOffset + start && this.#object.length === end - start;
    if (!isSame) this.#object = bytes.subarray(start, end);
  }

  #write(values: readonly string[]): number {
    let length = 0;
    for (const piece of this.#pieces) length += piece.length;
    // A UTF-16 code unit needs at most three bytes of UTF-8.
    for (const hole of this.#holes) length += (values[hole] as string).length * 3;
    if (this.#scratch.bytes.length < CONTENT_AT + length) this.#scratch.bytes = Buffer.allocUnsafe(2 * (CONTENT_AT + length));
    const bytes = this.#scratch.bytes;
    let end = CONTENT_AT;
    for (let index = 0; index < this.#pieces.length; index++) {
      this.#offsets[index] = end - CONTENT_AT;
      const piece = this.#pieces[index] as Buffer;
      bytes.set(piece, end);
      end += piece.length;
      if (index < this.#holes.length) end += bytes.write(values[this.#holes[index] as number] as string, end, "utf8");
    }
    this.#offsets[this.#pieces.length] = end - CONTENT_AT;
    return end;
  }

  #store(end: number): void {
    if (this.#sink.isReachable(this.#base)) {
      this.#sink.writeDelta(this.#base, this.#delta());
      return;
    }
    this.#base = this.#sink.writeWhole("blob", this.#scratch.bytes.subarray(CONTENT_AT, end));
    this.#baseBytes = end - CONTENT_AT;
    for (let index = 0; index < this.#pieces.length; index++) this.#basePieceOffsets[index] = this.#offsets[index] as number;
  }

  #delta(): Buffer {
    const { bytes, delta } = this.#scratch;
    delta.begin(this.#baseBytes, this.#offsets[this.#pieces.length] as number);
    for (let index = 0; index < this.#pieces.length; index++) {
      const length = (this.#pieces[index] as Buffer).length;
      const at = CONTENT_AT + (this.#offsets[index] as number);
      const next = CONTENT_AT + (this.#offsets[index + 1] as number);
      if (length >= COPY_FROM_BYTES) delta.copy(this.#basePieceOffsets[index] as number, length);
      else delta.insert(bytes, at, at + length);
      delta.insert(bytes, at + length, next);
    }
    return delta.bytes;
  }
}

function startWithHeader(bytes: Buffer, length: number): number {
  let at = CONTENT_AT;
  bytes[--at] = 0;
  let rest = length;
  do {
    bytes[--at] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  } while (rest > 0);
  at -= HEADER.length;
  bytes.set(HEADER, at);
  return at;
}
