import { closeSync, openSync, readSync } from "node:fs";

/** `\377tOc`, version 2; then 256 counts, then the sorted ids. Source: git's gitformat-pack(5). */
const MAGIC = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2]);
const FANOUT_END = 8 + 4 * 256;

export interface PackIds {
  readonly count: number;
  /** `count` SHA-1 ids of 20 bytes. */
  readonly bytes: Buffer;
}

/** The ids of a pack's `.idx` file; undefined when it is not of version 2 or is cut off, or has more ids than `atMost`. */
export function tryReadPackIds(path: string, atMost: number): PackIds | undefined {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(FANOUT_END);
    if (readSync(file, head, 0, FANOUT_END, 0) < FANOUT_END || !head.subarray(0, 8).equals(MAGIC)) return undefined;
    const count = head.readUInt32BE(FANOUT_END - 4);
    if (count > atMost) return undefined;
    const bytes = Buffer.allocUnsafe(count * 20);
    return readSync(file, bytes, 0, bytes.length, FANOUT_END) === bytes.length ? { count, bytes } : undefined;
  } finally {
    closeSync(file);
  }
}
