import { sha256Hex } from "../core/index.ts";

/** How many shards a fleet may have: each divides the 256 values of a byte. Fixed in `fleet.json` at the first release. */
export const SHARD_COUNTS = [1, 16, 64, 256] as const;
export type ShardCount = (typeof SHARD_COUNTS)[number];

/**
 * The shard of a site, always two hex digits: the upper bits of the first byte of the SHA-256 of its id, as a number. The fleet tree has always
 * 256; the refs of the heads have as many as `fleet.json` says.
 */
export function shardOf(siteId: string, shards: ShardCount = 256): string {
  const byte = Number.parseInt(sha256Hex(siteId).slice(0, 2), 16);
  return ((byte * shards) >> 8).toString(16).padStart(2, "0");
}
