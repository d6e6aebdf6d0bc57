import type { Outcome } from "../core/index.ts";
import type { Heads } from "../wire/index.ts";
import type { Repository } from "../git/index.ts";
import { type FleetPlace, type FleetState, openFleetRepository, readFleetState } from "./fleet-repository.ts";
import { headsOf, readShards, type Shards } from "./shards.ts";
import { sitesWithRef, siteRef } from "./site-heads.ts";
import { readTrustBranch, type TrustBranch } from "./trust-branch.ts";
import { type TrustChain, walkTrust } from "./office-trust.ts";

/** What a run stands on: the repository as it was read, and the trust that holds. Read anew after a lost race. */
export interface FleetSnapshot {
  readonly repository: Repository;
  readonly fleet: string;
  readonly state: FleetState;
  readonly branch: TrustBranch;
  readonly chain: TrustChain;
  /** undefined before the first release, which fixes their number. */
  readonly shards: Shards | undefined;
  /** The newest site commit of each site that was ever promoted. */
  readonly heads: Heads;
}

export async function readSnapshot(repository: Repository, place: FleetPlace): Promise<Outcome<FleetSnapshot>> {
  const refs = repository.refs();
  const [state, branch] = await Promise.all([readFleetState(repository, refs, place.fleet), readTrustBranch(repository, refs)]);
  if (!("value" in state)) return state;
  if (!("value" in branch)) return branch;
  const chain = walkTrust(place.fleet, place.trust, branch.value.documents);
  if (!("value" in chain)) return chain;
  const { fleet } = place;
  const read = { repository, fleet, state: state.value, branch: branch.value, chain: chain.value };
  const count = state.value.shards;
  if (count === undefined) return { value: { ...read, shards: undefined, heads: new Map() } };
  const shards = await readShards(repository, refs, { fleet, count, chain: chain.value });
  if (!("value" in shards)) return shards;
  return { value: { ...read, shards: shards.value, heads: new Map([...branchHeads(refs), ...headsOf(shards.value)]) } };
}

/** Sites that version 0.1 promoted last have a branch alone. */
function branchHeads(refs: ReadonlyMap<string, string>): Heads {
  return new Map(sitesWithRef(refs).map((site) => [site, refs.get(siteRef(site)) as string]));
}

/** Opens the repository, reads it, and closes it after the work. */
export async function withSnapshot<T>(
  place: FleetPlace,
  access: "read" | "write",
  work: (snapshot: FleetSnapshot) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const opened = await openFleetRepository(place, access);
  if (!("value" in opened)) return opened;
  try {
    const snapshot = await readSnapshot(opened.value, place);
    return "value" in snapshot ? await work(snapshot.value) : snapshot;
  } finally {
    opened.value.close();
  }
}
