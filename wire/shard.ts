import { sha256Hex } from "../core/index.ts";

/** The folder or file that holds a site: the first 2 hex digits of SHA-256 of its id. Spreads any fleet over at most 256. */
export function shardOf(siteId: string): string {
  return sha256Hex(siteId).slice(0, 2);
}
