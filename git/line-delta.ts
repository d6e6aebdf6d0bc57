import { COPY_FROM_BYTES, type Delta } from "./delta.ts";

const LF = 10;

/** A stretch that both texts share; neighbours in both grow together. */
interface Stretch {
  from: number;
  to: number;
  length: number;
}

/**
 * A delta between two texts of the same lines, such as two site commits: what a line has in common with the line at the
 * same place, at its beginning and its end, is copied. Right for any two texts; small when they are alike line by line.
 * The bytes are those of `delta`, valid until its next use.
 */
export function lineDelta(delta: Delta, base: Buffer, target: Buffer): Buffer {
  delta.begin(base.length, target.length);
  const shared: Stretch = { from: 0, to: 0, length: 0 };
  let written = 0;
  let baseStart = 0;
  for (let start = 0; start < target.length; ) {
    const end = lineEnd(target, start);
    const baseEnd = lineEnd(base, baseStart);
    const shorter = Math.min(end - start, baseEnd - baseStart);
    let head = 0;
    while (head < shorter && target[start + head] === base[baseStart + head]) head++;
    let tail = 0;
    while (tail < shorter - head && target[end - 1 - tail] === base[baseEnd - 1 - tail]) tail++;
    written = share(delta, target, shared, { from: baseStart, to: start, length: head }, written);
    written = share(delta, target, shared, { from: baseEnd - tail, to: end - tail, length: tail }, written);
    start = end;
    baseStart = baseEnd;
  }
  written = emit(delta, target, shared, written);
  delta.insert(target, written, target.length);
  return delta.bytes;
}

function share(delta: Delta, target: Buffer, shared: Stretch, next: Stretch, written: number): number {
  if (next.length === 0) return written;
  if (next.from === shared.from + shared.length && next.to === shared.to + shared.length) {
    shared.length += next.length;
    return written;
  }
  const now = emit(delta, target, shared, written);
  Object.assign(shared, next);
  return now;
}

/** Writes what stands before the stretch, then the stretch. One that is too short for a copy is left to the next insert. */
function emit(delta: Delta, target: Buffer, shared: Stretch, written: number): number {
  if (shared.length < COPY_FROM_BYTES) return written;
  delta.insert(target, written, shared.to);
  delta.copy(shared.from, shared.length);
  return shared.to + shared.length;
}

function lineEnd(text: Buffer, start: number): number {
  const end = text.indexOf(LF, start);
  return end < 0 ? text.length : end + 1;
}
