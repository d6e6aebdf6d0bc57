import { COPY_FROM_BYTES, type Delta } from "./delta.ts";

const LF = 10;

/**
 * Deltas between texts with similar lines, such as site commits: the common beginning and end of lines with the same number are copied.
 * Correct for any two texts; small when they are similar line by line.
 */
export class LineDelta {
  readonly #base: Buffer;
  readonly #delta: Delta;
  /** Offsets of the base's lines, and its end. */
  readonly #starts: readonly number[];
  // A common range that is not written yet. Ranges that are adjacent in both texts are joined.
  #from = 0;
  #to = 0;
  #length = 0;
  #written = 0;

  constructor(base: Buffer, delta: Delta) {
    this.#base = base;
    this.#delta = delta;
    const starts = [0];
    for (let end = base.indexOf(LF); end >= 0; end = base.indexOf(LF, end + 1)) starts.push(end + 1);
    if (starts.at(-1) !== base.length) starts.push(base.length);
    this.#starts = starts;
  }

  /** The delta's bytes, valid until `delta` is used again. */
  to(target: Buffer): Buffer {
    const base = this.#base;
    this.#delta.begin(base.length, target.length);
    this.#length = this.#written = 0;
    let line = 0;
    for (let start = 0; start < target.length; line++) {
      const baseStart = this.#starts[line] ?? base.length;
      const baseEnd = this.#starts[line + 1] ?? base.length;
      let same = 0;
      while (baseStart + same < baseEnd && start + same < target.length && target[start + same] === base[baseStart + same]) same++;
      this.#share(target, baseStart, start, same);
      let end = start + same;
      if (same === 0 || target[end - 1] !== LF) while (end < target.length && target[end++] !== LF);
      const shorter = Math.min(end - start, baseEnd - baseStart) - same;
      let tail = 0;
      while (tail < shorter && target[end - 1 - tail] === base[baseEnd - 1 - tail]) tail++;
      this.#share(target, baseEnd - tail, end - tail, tail);
      start = end;
    }
    this.#emit(target);
    this.#delta.insert(target, this.#written, target.length);
    return this.#delta.bytes;
  }

  #share(target: Buffer, from: number, to: number, length: number): void {
    if (length === 0) return;
    if (from === this.#from + this.#length && to === this.#to + this.#length) {
      this.#length += length;
      return;
    }
    this.#emit(target);
    this.#from = from;
    this.#to = to;
    this.#length = length;
  }

  /** Writes the bytes before the range, then the range. A range that is too short for a copy becomes part of the next insert. */
  #emit(target: Buffer): void {
    if (this.#length < COPY_FROM_BYTES) return;
    this.#delta.insert(target, this.#written, this.#to);
    this.#delta.copy(this.#from, this.#length);
    this.#written = this.#to + this.#length;
  }
}
