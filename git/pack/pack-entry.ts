import { deflateSync } from "node:zlib";
import type { ObjectKind } from "../objects/object.ts";

/** Source of the format: git's gitformat-pack(5). */
const KIND_CODES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;
const OFFSET_DELTA_CODE = 6;

const STORED_BLOCK_BYTES = 65_535;
/** Upper bound for type and size, base offset, zlib header and checksum. */
export const ENTRY_OVERHEAD_BYTES = 48;

/** For smaller objects a deflate call (25 us) costs more than it saves. */
const DEFLATE_FROM_BYTES = 512;

/** For inventory and digest lines as small as level 6, in less than half of the time. */
const DEFLATE_LEVEL = 3;

/** Largest size of an entry of `length` bytes. */
export function entryRoom(length: number): number {
  return length + ENTRY_OVERHEAD_BYTES + 5 * Math.ceil(length / STORED_BLOCK_BYTES);
}

/** Writes a whole object. Returns the offset after it; `target` must have `entryRoom` left. */
export function writeWhole(target: Buffer, offset: number, kind: ObjectKind, body: Uint8Array): number {
  const end = writeTypeAndSize(target, offset, KIND_CODES[kind], body.length);
  return body.length >= DEFLATE_FROM_BYTES ? writeDeflated(target, end, body) : writeStored(target, end, body);
}

/** A delta against the entry that begins `distance` bytes before this one. */
export function writeDelta(target: Buffer, offset: number, distance: number, delta: Uint8Array): number {
  return writeStored(target, writeDistance(target, writeTypeAndSize(target, offset, OFFSET_DELTA_CODE, delta.length), distance), delta);
}

function writeTypeAndSize(target: Buffer, offset: number, code: number, size: number): number {
  let byte = (code << 4) | (size & 15);
  let rest = Math.floor(size / 16);
  while (rest > 0) {
    target[offset++] = byte | 0x80;
    byte = rest & 0x7f;
    rest = Math.floor(rest / 128);
  }
  target[offset++] = byte;
  return offset;
}

// Big-endian groups of seven bits, each further group minus one, so that every distance has exactly one encoding.
function writeDistance(target: Buffer, offset: number, distance: number): number {
  let length = 1;
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor((rest - 1) / 128)) length++;
  let rest = distance;
  for (let at = offset + length - 1; at >= offset; at--) {
    target[at] = (rest & 0x7f) | (at === offset + length - 1 ? 0 : 0x80);
    rest = Math.floor(rest / 128) - 1;
  }
  return offset + length;
}

function writeDeflated(target: Buffer, offset: number, body: Uint8Array): number {
  const bytes = deflateSync(body, { level: DEFLATE_LEVEL });
  // Ids and signatures hardly compress: stored blocks are then smaller and faster to read.
  if (bytes.length > body.length) return writeStored(target, offset, body);
  target.set(bytes, offset);
  return offset + bytes.length;
}

/** A zlib stream of stored blocks: better for short entries, where deflate costs 25 us and saves a few bytes. */
function writeStored(target: Buffer, offset: number, body: Uint8Array): number {
  target[offset++] = 0x78;
  target[offset++] = 0x01;
  let start = 0;
  do {
    const length = Math.min(STORED_BLOCK_BYTES, body.length - start);
    target[offset++] = start + length === body.length ? 1 : 0;
    target[offset++] = length & 0xff;
    target[offset++] = length >> 8;
    target[offset++] = ~length & 0xff;
    target[offset++] = (~length >> 8) & 0xff;
    target.set(length === body.length ? body : body.subarray(start, start + length), offset);
    offset += length;
    start += length;
  } while (start < body.length);
  return target.writeUInt32BE(adler32(body), offset);
}

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += 5552) {
    // 5552 is the longest run in which the sums stay below 2^32.
    const end = Math.min(start + 5552, bytes.length);
    for (let index = start; index < end; index++) {
      low += bytes[index] as number;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return high * 65_536 + low;
}
