import { type Outcome, refused } from "../core/index.ts";
import { readObjects, type Repository } from "../git/index.ts";
import { type Heads, readHeads, readShardCommit, type ShardCount } from "../wire/index.ts";

/** The tip of one shard's branch. */
export interface ShardTip {
  readonly commit: string;
  /** The commit's time, in seconds since 1970. */
  readonly seconds: number;
  readonly heads: Heads;
}

export interface Shards {
  readonly count: ShardCount;
  /** By shard; one that no site was promoted in has no branch. */
  readonly tips: ReadonlyMap<string, ShardTip>;
}

const PREFIX = "refs/heads/shards/";

export function shardRef(shard: string): string {
  return `${PREFIX}${shard}`;
}

/** Reads all shards of a fleet. A branch that holds anything but a shard commit of this fleet is a problem, all of them at once. */
export async function readShards(
  repository: Repository,
  refs: ReadonlyMap<string, string>,
  fleet: string,
  count: ShardCount,
): Promise<Outcome<Shards>> {
  const names = [...refs.keys()].filter((name) => name.startsWith(PREFIX));
  const ids = names.map((name) => refs.get(name) as string);
  const bodies: (Buffer | undefined)[] = [];
  await readObjects(repository.folder, [...ids, ...ids.map((id) => `${id}:heads`)], (_, object) => void bodies.push(object?.body));
  const tips = new Map<string, ShardTip>();
  const damaged: { readonly name: string; readonly because: string }[] = [];
  for (const [index, name] of names.entries()) {
    const shard = name.slice(PREFIX.length);
    const tip = tryReadTip({ fleet, shard, count }, ids[index] as string, bodies[index], bodies[names.length + index]);
    if (typeof tip === "string") damaged.push({ name, because: tip });
    else tips.set(shard, tip);
  }
  const [first] = damaged;
  if (first === undefined) return { value: { count, tips } };
  return refused({
    code: "shard-forged",
    message: `${damaged.length === 1 ? `${first.name} is` : `${damaged.length} shards are`} not what a promotion wrote: ${first.because}`,
    at: damaged.map(({ name }) => ({ path: name })),
    because: "the next promotion would sign what somebody else put there",
    next: `inspect it with git log ${first.name}, then move the branch back to the last shard commit`,
  });
}

function tryReadTip(
  { fleet, shard, count }: { readonly fleet: string; readonly shard: string; readonly count: ShardCount },
  id: string,
  commit: Buffer | undefined,
  file: Buffer | undefined,
): ShardTip | string {
  const read = commit === undefined ? { fault: "does not exist" } : readShardCommit(commit);
  if ("fault" in read) return `the commit ${read.fault}`;
  if (read.value.fleet !== fleet || read.value.shard !== shard)
    return `the commit is of shard ${read.value.shard} of "${read.value.fleet}"`;
  const heads = file === undefined ? { fault: "does not exist" } : readHeads(file, shard, count);
  if ("fault" in heads) return `the file heads ${heads.fault}`;
  if (heads.value.size !== read.value.sites) return `heads has ${heads.value.size} lines, and the commit says ${read.value.sites}`;
  return { commit: id, seconds: read.value.seconds, heads: heads.value };
}

/** The newest site commit of each site that was ever promoted, ascending by site. */
export function headsOf({ tips }: Shards): Heads {
  const lines = [...tips.values()].flatMap(({ heads }) => [...heads]);
  return new Map(lines.sort(([a], [b]) => (a < b ? -1 : 1)));
}
