import { isDeepStrictEqual } from "node:util";
import type { ObjectWriter, RefUpdate } from "../../git/index.ts";
import { GIT_NAMESPACE, signSsh } from "../../trust/index.ts";
import { fleetCommitMessage, readReleaseTag, releaseTagPayload, signedReleaseTag } from "../../wire/index.ts";
import { FLEET_BRANCH, type FleetSnapshot, readRelease, type Release, releaseTagRef, type SiteList } from "../../releases/index.ts";
import { writeFleetTree } from "./fleet-tree.ts";
import { shardsOf } from "../promote/shard-commits.ts";
import { plainCommit } from "../plain-commit.ts";
import type { ReleaseInput } from "./release-input.ts";

export interface MadeRelease {
  readonly release: Release;
  /** Fleet branch and tag, to be moved together; none when the last release is this one already. */
  readonly updates: readonly RefUpdate[];
  readonly commit: string;
  readonly tree: string;
  readonly tag: string;
}

/** Writes fleet tree, fleet commit and signed tag of the next release. No ref is moved. */
export async function makeRelease(
  snapshot: FleetSnapshot,
  writer: ObjectWriter,
  sites: SiteList,
  input: ReleaseInput,
): Promise<MadeRelease> {
  const { state, fleet } = snapshot;
  const order = new Map(input.inventory.map((line) => [line.id, line]));
  const inventory = sites.ids.map((id) => order.get(id) as ReleaseInput["inventory"][number]);
  const { count: shards } = shardsOf(snapshot, sites.count);
  const tree = writeFleetTree(writer, { fleet, shards }, sites, inventory);
  const repeated = await tryRepeat(snapshot, tree, input);
  if (repeated) return repeated;
  const number = Math.max(state.tip?.release ?? 0, state.releases.at(-1) ?? 0) + 1;
  const { commit: source, seconds } = input.source;
  const message = fleetCommitMessage({ fleet, release: number, source });
  const commit = writer.add("commit", plainCommit({ tree, parent: state.tip?.commit, seconds, message }));
  const payload = releaseTagPayload({
    object: commit,
    name: `release/${number}`,
    seconds,
    fleet,
    release: number,
    source,
    sites: { count: sites.count, root: sites.merkle.root.toString("hex") },
    consents: input.consents ?? [],
  });
  const tagBytes = signedReleaseTag(payload, signSsh(input.releaseKey, GIT_NAMESPACE, payload));
  const tag = writer.add("tag", tagBytes);
  const read = readReleaseTag(tagBytes);
  if ("fault" in read) throw new Error(`the tag that was just written ${read.fault}`);
  const updates = [
    { name: FLEET_BRANCH, old: state.tip?.commit ?? null, new: commit },
    { name: releaseTagRef(number), old: null, new: tag, peeled: commit },
  ];
  return { release: { number, tag: read.value, tagBytes, sites }, updates, commit, tree, tag };
}

/**
 * The last release, when it was made of the same source with the same trees and consents, and its tag still counts: a run
 * that was cut off between its release and its promotion goes on, instead of releasing the same again.
 */
async function tryRepeat(snapshot: FleetSnapshot, tree: string, input: ReleaseInput): Promise<MadeRelease | undefined> {
  const { tip, refs } = snapshot.state;
  if (!tip || tip.tree !== tree || tip.source !== input.source.commit) return undefined;
  const read = await readRelease(snapshot, tip.release);
  if (!("value" in read) || !isDeepStrictEqual(read.value.tag.consents, input.consents ?? [])) return undefined;
  return { release: read.value, updates: [], commit: tip.commit, tree, tag: refs.get(releaseTagRef(tip.release)) as string };
}
