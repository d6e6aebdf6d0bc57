import { limits } from "../../core/index.ts";
import { FILE_MODE, type OwnCommit, type RawReader, tryReadTree } from "../../git/index.ts";
import { readHeads, type ShardCount, shardOf } from "../../wire/index.ts";

/** A shard commit has about 700 bytes, but its format is the office's to check: here it only leads to `heads`. */
const COMMIT_BYTES_MAX = 65_536;
const TREE_BYTES_MAX = 1_000;

/**
 * The commit that a shard names for a site. `heads` is a hint and nothing else: whoever may push the shard can name any object in it, and only
 * the site commit's own signature counts. Each size is checked before the object is read.
 */
export async function ownCommit(reader: RawReader, tip: string, site: string, shards: ShardCount): Promise<OwnCommit> {
  const shard = shardOf(site, shards);
  const bad = (what: string): OwnCommit => ({ fault: { reason: "bad-commit", detail: `shard ${shard}: ${what}` } });
  const commit = await tryRead(reader, tip, "commit", COMMIT_BYTES_MAX);
  if (typeof commit === "string") return bad(`its branch names ${commit}`);
  const treeId = /^tree ([0-9a-f]{40})\n/.exec(commit.toString("latin1", 0, 46))?.[1];
  if (treeId === undefined) return bad("its commit names no tree");
  const tree = await tryRead(reader, treeId, "tree", TREE_BYTES_MAX);
  const [file, ...others] = (typeof tree === "string" ? undefined : tryReadTree(tree)) ?? [];
  if (file?.name !== "heads" || file.mode !== FILE_MODE || others.length > 0) return bad("its tree does not hold the file heads alone");
  const bytes = await tryRead(reader, file.id.toString("hex"), "blob", limits.headsBytes);
  if (typeof bytes === "string") return bad(`heads is ${bytes}`);
  const heads = readHeads(bytes, shard, shards);
  return "fault" in heads ? bad(`heads ${heads.fault}`) : { commit: heads.value.get(site) };
}

/** A string says what there is instead. */
async function tryRead(reader: RawReader, id: string, kind: string, bytesMax: number): Promise<Buffer | string> {
  const [facts] = await reader.inspect([id]);
  if (facts?.kind !== kind) return `a ${facts?.kind}`;
  if (facts.size > bytesMax) return `a ${kind} of ${facts.size} bytes, over the limit of ${bytesMax}`;
  return (await reader.read([id]))[0] as Buffer;
}
