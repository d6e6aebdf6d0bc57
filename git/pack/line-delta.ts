import { COPY_FROM_BYTES, type Delta } from "./delta.ts";

const LF = 10;

/**
 * Deltas from one text to others of the same lines, such as site commits: what a line has in common with the line at the
 * same place, at its beginning and its end, is copied. Right for any two texts; small when they are alike line by line.
 */
export class LineDelta {
  readonly #base: Buffer;
  readonly #delta: Delta;
  /** Where each line of the base begins, and where the last one ends. */
  readonly #starts: readonly number[];
  // The stretch that both texts share and that is not written yet. Neighbours in both texts grow together.
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

  /** Writes what stands before the stretch, then the stretch. One too short for a copy is left to the next insert. */
  #emit(target: Buffer): void {
    if (this.#length < COPY_FROM_BYTES) return;
    this.#delta.insert(target, this.#written, this.#to);
    this.#delta.copy(this.#from, this.#length);
    this.#written = this.#to + this.#length;
  }
}
