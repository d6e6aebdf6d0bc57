import type { Outcome } from "../core/index.ts";
import type { Repository } from "../git/index.ts";
import { type FleetPlace, type FleetState, openFleetRepository, readFleetState } from "./fleet-repository.ts";
import { readTrustBranch, type TrustBranch } from "./trust-branch.ts";
import { type TrustChain, walkTrust } from "./office-trust.ts";

/** What a run stands on: the repository as it was read, and the trust that holds. Read anew after a lost race. */
export interface FleetSnapshot {
  readonly repository: Repository;
  readonly fleet: string;
  readonly state: FleetState;
  readonly branch: TrustBranch;
  readonly chain: TrustChain;
}

export async function readSnapshot(repository: Repository, place: FleetPlace): Promise<Outcome<FleetSnapshot>> {
  const refs = repository.refs();
  const [state, branch] = await Promise.all([readFleetState(repository, refs, place.fleet), readTrustBranch(repository, refs)]);
  if (!("value" in state)) return state;
  if (!("value" in branch)) return branch;
  const chain = walkTrust(place.fleet, place.trust, branch.value.documents);
  if (!("value" in chain)) return chain;
  return { value: { repository, fleet: place.fleet, state: state.value, branch: branch.value, chain: chain.value } };
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
