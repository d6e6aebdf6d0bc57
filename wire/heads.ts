import { isSiteId, limits, type Read } from "../core/index.ts";
import { GIT_ID } from "./grammar/atoms.ts";
import { type ShardCount, shardOf } from "./shard.ts";

/** What a shard's `heads` says: the newest site commit of each of its sites that was ever promoted, ascending by id. */
export type Heads = ReadonlyMap<string, string>;

/** `heads`, the one file of a shard commit's tree: a line `<site id> <commit id>` a site. */
export function writeHeads(heads: Heads): string {
  const lines = [...heads].sort(([a], [b]) => (a < b ? -1 : 1)).map(([site, commit]) => `${site} ${commit}\n`);
  const text = lines.join("");
  if (text.length > limits.headsBytes) throw new RangeError(`heads: ${text.length} bytes, over ${limits.headsBytes}`);
  return text;
}

/** Reads a whole `heads` of one shard. Each site and order has exactly one text. */
export function readHeads(bytes: Uint8Array, shard: string, shards: ShardCount): Read<Heads> {
  if (bytes.length > limits.headsBytes) return { fault: `has ${bytes.length} bytes, over the limit of ${limits.headsBytes}` };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const heads = new Map<string, string>();
  let last = "";
  let start = 0;
  for (let line = 1; start < text.length; line++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return { fault: `line ${line} has no line end` };
    const space = text.indexOf(" ", start);
    const site = text.slice(start, space);
    const commit = text.slice(space + 1, end);
    if (space < 0 || space > end || !isSiteId(site) || !GIT_ID.test(commit))
      return { fault: `line ${line} must be a site id and a commit id` };
    if (site <= last) return { fault: `line ${line}: "${site}" must come after the id before it` };
    if (shardOf(site, shards) !== shard)
      return { fault: `line ${line}: "${site}" belongs to shard ${shardOf(site, shards)}, not ${shard}` };
    heads.set(site, commit);
    last = site;
    start = end + 1;
  }
  return { value: heads };
}
