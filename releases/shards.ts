import { type Outcome, refused } from "../core/index.ts";
import { readObjects, type Repository } from "../git/index.ts";
import { judgeSiteCommit } from "../trust/index.ts";
import { type Heads, readHeads, readShardCommit, type ShardCount, type SignedShardCommit } from "../wire/index.ts";
import type { TrustChain } from "./office-trust.ts";

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

interface ShardExpectations {
  readonly fleet: string;
  readonly count: ShardCount;
  readonly chain: TrustChain;
}

/**
 * Reads all shards of a fleet. A branch that holds anything but a step of its shard, signed by a promote key, is a problem, all of them at
 * once: an honest promoter would otherwise sign, with its own step on top, a line that somebody dropped or pointed elsewhere.
 */
export async function readShards(
  repository: Repository,
  refs: ReadonlyMap<string, string>,
  expected: ShardExpectations,
): Promise<Outcome<Shards>> {
  const names = [...refs.keys()].filter((name) => name.startsWith(PREFIX));
  const ids = names.map((name) => refs.get(name) as string);
  const bodies: (Buffer | undefined)[] = [];
  await readObjects(repository.folder, [...ids, ...ids.map((id) => `${id}:heads`)], (_, object) => void bodies.push(object?.body));
  const tips = new Map<string, ShardTip>();
  const damaged: { readonly name: string; readonly because: string }[] = [];
  for (const [index, name] of names.entries()) {
    const shard = name.slice(PREFIX.length);
    const tip = tryReadTip({ ...expected, shard }, ids[index] as string, bodies[index], bodies[names.length + index]);
    if (typeof tip === "string") damaged.push({ name, because: tip });
    else tips.set(shard, tip);
  }
  const [first] = damaged;
  if (first === undefined) return { value: { count: expected.count, tips } };
  return refused({
    code: "shard-forged",
    message: `${damaged.length === 1 ? `${first.name} is` : `${damaged.length} shards are`} not what a promotion wrote: ${first.because}`,
    at: damaged.map(({ name }) => ({ path: name })),
    because: "the next promotion would sign what somebody else put there",
    next: `inspect it with git log ${first.name}, then move the branch back to the last shard commit`,
  });
}

function tryReadTip(
  { fleet, shard, count, chain }: ShardExpectations & { readonly shard: string },
  id: string,
  commit: Buffer | undefined,
  file: Buffer | undefined,
): ShardTip | string {
  const read = commit === undefined ? { fault: "does not exist" } : readShardCommit(commit);
  if ("fault" in read) return `the commit ${read.fault}`;
  if (read.value.fleet !== fleet || read.value.shard !== shard)
    return `the commit is of shard ${read.value.shard} of "${read.value.fleet}"`;
  const signer = signerFault(chain, read.value);
  if (signer !== undefined) return `the commit is not signed by a promote key: ${signer}`;
  const heads = file === undefined ? { fault: "does not exist" } : readHeads(file, shard, count);
  if ("fault" in heads) return `the file heads ${heads.fault}`;
  if (heads.value.size !== read.value.sites) return `heads has ${heads.value.size} lines, and the commit says ${read.value.sites}`;
  return { commit: id, seconds: read.value.seconds, heads: heads.value };
}

/** A key that held the role when it signed may have handed it on since; one that is revoked counts no more. */
function signerFault({ trust, versions }: TrustChain, { payload, signature }: SignedShardCommit): string | undefined {
  const now = judgeSiteCommit(trust, payload, signature);
  if (!("refusal" in now)) return undefined;
  const heldIt = versions.some((version) => !("refusal" in judgeSiteCommit(version, payload, signature)));
  return heldIt && now.refusal !== "revoked-key" ? undefined : now.because;
}

/** The newest site commit of each site that was ever promoted, ascending by site. */
export function headsOf({ tips }: Shards): Heads {
  const lines = [...tips.values()].flatMap(({ heads }) => [...heads]);
  return new Map(lines.sort(([a], [b]) => (a < b ? -1 : 1)));
}
