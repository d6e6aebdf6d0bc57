import { encodeTree, FILE_MODE, type ObjectWriter, type RefUpdate } from "../../git/index.ts";
import { type FleetSnapshot, type Shards, shardRef } from "../../releases/index.ts";
import {
  GATHERED_MAX,
  gatherCommit,
  type Heads,
  shardCommitPayload,
  type ShardCount,
  shardOf,
  signedSiteCommit,
  writeHeads,
} from "../../wire/index.ts";
import type { SiteMove } from "./site-commits.ts";
import type { SigningPool } from "./signing-pool.ts";

/** A fleet has one number of shards for ever: a site that looks in another shard would not find itself. Hosts run hooks for each ref of a push. */
export function shardCount(sites: number): ShardCount {
  return sites <= 1_000 ? 16 : sites <= 20_000 ? 64 : 256;
}

/** The shards as they are, or those that the first release makes. */
export function shardsOf({ shards }: FleetSnapshot, sites: number): Shards {
  return shards ?? { count: shardCount(sites), tips: new Map() };
}

export interface ShardSigning {
  readonly writer: ObjectWriter;
  readonly pool: SigningPool;
  readonly fleet: string;
}

/** Writes a step of each shard that has one of the sites. Returns the moves of the shards' branches, which are not made yet. */
export async function writeShardCommits(signing: ShardSigning, shards: Shards, moves: readonly SiteMove[]): Promise<RefUpdate[]> {
  const { writer, pool } = signing;
  const byShard = Map.groupBy(moves, ({ site }) => shardOf(site, shards.count));
  const steps = [...byShard].sort(([a], [b]) => (a < b ? -1 : 1)).map(([shard, moved]) => stepOf(signing, shards, shard, moved));
  const signatures = await pool.signatures(pool.add(steps.map(({ payload }) => payload)));
  return steps.map(({ shard, payload, old }, index) => {
    const commit = signedSiteCommit(payload, signatures[index] as string);
    return { name: shardRef(shard), old, new: writer.add("commit", commit) };
  });
}

/** How many objects `writeShardCommits` will write: heads, tree and commit of each shard, its gather commits, and once the empty tree. */
export function foreseeShardObjects(writer: ObjectWriter, { count }: Shards, sites: readonly string[]): number {
  if (sites.length === 0) return 0;
  writer.add("tree", encodeTree([]));
  const perShard = [...Map.groupBy(sites, (site) => shardOf(site, count)).values()];
  return perShard.reduce((sum, { length }) => sum + 3 + Math.ceil(length / GATHERED_MAX), 0);
}

function stepOf({ writer, fleet }: ShardSigning, { tips }: Shards, shard: string, moves: readonly SiteMove[]) {
  const tip = tips.get(shard);
  const heads: Heads = new Map([...(tip?.heads ?? []), ...moves.map(({ site, commit }) => [site, commit] as const)]);
  const id = writer.add("blob", Buffer.from(writeHeads(heads), "latin1"));
  const tree = writer.add("tree", encodeTree([{ mode: FILE_MODE, name: "heads", id: Buffer.from(id, "hex") }]));
  // A promoter's clock that stands wrong must not make the history run backwards.
  const seconds = Math.max(tip?.seconds ?? 0, ...moves.map((move) => move.seconds));
  const gather = writeGather(writer, moves, seconds);
  const parent = tip?.commit ?? null;
  const payload = shardCommitPayload({ tree, parent, gather, seconds, fleet, shard, sites: heads.size, moved: moves.length });
  return { shard, payload, old: parent };
}

/** Keeps the site commits of a step reachable, so that no clean-up of the repository removes one that a site still has to fetch. */
function writeGather(writer: ObjectWriter, moves: readonly SiteMove[], seconds: number): string {
  const empty = writer.add("tree", encodeTree([]));
  const commits = moves.toSorted((a, b) => (a.site < b.site ? -1 : 1)).map(({ commit }) => commit);
  let rest: string | undefined;
  const starts = Array.from({ length: Math.ceil(commits.length / GATHERED_MAX) }, (_, index) => index * GATHERED_MAX);
  for (const start of starts.reverse()) {
    rest = writer.add("commit", gatherCommit(empty, commits.slice(start, start + GATHERED_MAX), rest, seconds));
  }
  return rest as string;
}
