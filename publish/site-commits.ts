import type { Clock } from "../core/index.ts";
import { type Base, binaryId, Delta, hexOf, LineDelta, type ObjectWriter, type RefUpdate } from "../git/index.ts";
import { GIT_NAMESPACE, type SigningKey, SshSigner } from "../trust/index.ts";
import { siteCommitPayload, signedSiteCommit } from "../wire/index.ts";
import { siteRef } from "./fleet-repository.ts";
import type { SiteOrder } from "./promotion-plan.ts";
import type { Release } from "./release-reading.ts";

export interface Signing {
  readonly release: Release;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly urgent: boolean;
}

/** Signed at once by the threads beside ours while we put the next ones together. */
const BATCH_COMMITS = 64;
/** Neighbours under one subtree of the Merkle tree share the upper part of their proofs, so they share a delta base. */
const GROUP_SITES = 64;

/** Makes, signs and writes a commit for each order. Returns the moves of the sites' refs, which are not made yet. */
export async function writeSiteCommits(writer: ObjectWriter, orders: readonly SiteOrder[], signing: Signing): Promise<RefUpdate[]> {
  const signer = new SshSigner(signing.key, GIT_NAMESPACE);
  const now = Math.floor(signing.clock.now() / 1000);
  const commits = new CommitDeltas(writer);
  const updates: RefUpdate[] = [];
  let signed: Promise<{ readonly payload: Buffer; readonly signature: string }[]> = Promise.resolve([]);
  for (let start = 0; start <= orders.length + BATCH_COMMITS; start += BATCH_COMMITS) {
    const before = signed;
    const batch = orders.slice(start, start + BATCH_COMMITS).map((order) => payloadOf(order, signing, now));
    signed = Promise.all(batch.map(async (payload) => ({ payload, signature: await signer.signAside(payload) })));
    for (const { payload, signature } of await before) {
      const order = orders[updates.length] as SiteOrder;
      const id = commits.write(order, signedSiteCommit(payload, signature));
      updates.push({ name: siteRef(order.site), old: order.head?.commit ?? null, new: id });
    }
  }
  return updates;
}

function payloadOf({ site, index, seq, head }: SiteOrder, { release, urgent }: Signing, now: number): Buffer {
  return siteCommitPayload({
    tree: release.sites.treeId(index).toString("hex"),
    parent: head?.commit ?? null,
    // A promoter's clock that stands wrong must not make a site's history run backwards.
    seconds: Math.max(now, release.tag.seconds, head?.seconds ?? 0),
    fleet: release.tag.fleet,
    site,
    seq,
    release: release.number,
    treeDigest: release.sites.digest(index),
    proof: release.sites.merkle.proof(index),
    urgent,
    retired: null,
  });
}

/** Writes commits as deltas of the first of their group: signature, ids and the lower proof differ, the rest is the same. */
class CommitDeltas {
  readonly #writer: ObjectWriter;
  readonly #delta = new Delta();
  #group = "";
  #base: { readonly at: Base; readonly lines: LineDelta } | undefined;

  constructor(writer: ObjectWriter) {
    this.#writer = writer;
  }

  write({ index, head }: SiteOrder, bytes: Buffer): string {
    const id = binaryId("commit", bytes);
    if (!this.#writer.isNew(id)) return hexOf(id);
    const group = `${Math.floor(index / GROUP_SITES)} ${head === undefined}`;
    if (group === this.#group && this.#base && this.#writer.isReachable(this.#base.at)) {
      this.#writer.writeDelta(this.#base.at, this.#base.lines.to(bytes));
    } else {
      this.#group = group;
      this.#base = { at: this.#writer.writeWhole("commit", bytes), lines: new LineDelta(bytes, this.#delta) };
    }
    return hexOf(id);
  }
}
