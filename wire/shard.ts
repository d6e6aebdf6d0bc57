import { sha256Hex } from "../core/index.ts";

/** The shard of a site: the first 2 hex digits of the SHA-256 of its id, so at most 256 shards. */
export function shardOf(siteId: string): string {
  return sha256Hex(siteId).slice(0, 2);
}
