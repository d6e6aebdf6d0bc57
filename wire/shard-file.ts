import type { Read } from "../core/index.ts";
import { type DigestLine, readDigestLine } from "./digest-line.ts";
import { type InventoryLine, readInventoryLine } from "./inventory-line.ts";
import { shardOf } from "./shard.ts";

/** Reads a whole `digests/<shard>.ndjson`. The caller still has to compare the Merkle root over all files with the release tag. */
export function readDigestFile(bytes: Uint8Array, shard: string): Read<readonly DigestLine[]> {
  return readShardFile(bytes, shard, readDigestLine);
}

/** Reads a whole `inventory/<shard>.ndjson`. */
export function readInventoryFile(bytes: Uint8Array, shard: string): Read<readonly InventoryLine[]> {
  return readShardFile(bytes, shard, readInventoryLine);
}

/** At least one line; each has a line end; ids ascend without duplicates; each site belongs to the shard. */
function readShardFile<T extends { readonly id: string }>(
  bytes: Uint8Array,
  shard: string,
  readLine: (line: string) => Read<T>,
): Read<readonly T[]> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { fault: "is not UTF-8" };
  }
  if (!text.endsWith("\n")) return { fault: "must end with a line end" };
  const values: T[] = [];
  // With ascending ids two releases can be compared in one pass, and each set of sites has one text.
  for (const [place, line] of text.slice(0, -1).split("\n").entries()) {
    const read = readLine(line);
    if ("fault" in read) return { fault: `line ${place + 1}: ${read.fault}` };
    const { id } = read.value;
    if (place > 0 && id <= (values[place - 1] as T).id) return { fault: `line ${place + 1}: "${id}" must come after the id before it` };
    if (shardOf(id) !== shard) return { fault: `line ${place + 1}: "${id}" must be in shard ${shardOf(id)}, not ${shard}` };
    values.push(read.value);
  }
  return { value: values };
}
