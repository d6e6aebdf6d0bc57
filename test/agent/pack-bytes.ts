import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { ObjectKind } from "../../git/index.ts";

/** Packs as nobody's git would write them. The format's source: gitformat-pack(5). */
const CODES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;
const OFFSET_DELTA = 6;
const NAMED_DELTA = 7;

/** An entry whose header may claim another size than it holds. */
export function entry(kind: ObjectKind, body: Uint8Array, claimed = body.length): Buffer {
  return Buffer.concat([header(CODES[kind], claimed), deflateSync(body)]);
}

/** A delta against the entry that begins `distance` bytes before this one. */
export function offsetDelta(distance: number, delta: Uint8Array): Buffer {
  return Buffer.concat([header(OFFSET_DELTA, delta.length), distanceBytes(distance), deflateSync(delta)]);
}

/** A delta against an object by its id. */
export function namedDelta(base: string, delta: Uint8Array): Buffer {
  return Buffer.concat([header(NAMED_DELTA, delta.length), Buffer.from(base, "hex"), deflateSync(delta)]);
}

/** A delta that makes `times` copies of the first `length` bytes of a base of `baseLength`: seven bytes each. */
export function copies(baseLength: number, length: number, times: number): Buffer {
  const size = [length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff];
  const copy = Buffer.from([0x80 | 0x70, ...size]);
  return Buffer.concat([varint(baseLength), varint(length * times), ...Array.from({ length: times }, () => copy)]);
}

/** `count` may lie. */
export function packOf(entries: readonly Uint8Array[], count = entries.length): Buffer {
  const head = Buffer.alloc(12);
  head.write("PACK", "latin1");
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(count, 8);
  return sealed(Buffer.concat([head, ...entries]));
}

/** With the checksum that makes a pack whole, whatever it holds. */
export function sealed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, createHash("sha1").update(bytes).digest()]);
}

function header(code: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (code << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function distanceBytes(distance: number): Buffer {
  const bytes = [distance & 0x7f];
  for (let rest = Math.floor(distance / 128) - 1; rest >= 0; rest = Math.floor(rest / 128) - 1) bytes.unshift((rest & 0x7f) | 0x80);
  return Buffer.from(bytes);
}
