import { setImmediate as yieldToIo } from "node:timers/promises";
import type { Clock } from "../../core/index.ts";
import { type Base, binaryId, Delta, hexOf, LineDelta, type ObjectWriter } from "../../git/index.ts";
import { signedSiteCommit, siteCommitPayload } from "../../wire/index.ts";
import type { Release } from "../../releases/index.ts";
import type { SiteOrder } from "./promotion-plan.ts";
import type { SigningPool } from "./signing-pool.ts";

export interface Signing {
  readonly release: Release;
  readonly pool: SigningPool;
  readonly clock: Clock;
  readonly urgent: boolean;
}

/** Commits that are signed together: 2 ms of work. */
const BATCH_COMMITS = 64;
/** Batches that wait to be signed at most: memory is bounded by them. */
const BATCHES_AHEAD = 24;
/** Neighbours under one subtree of the Merkle tree share the upper part of their proofs, so they share a delta base. */
const GROUP_SITES = 64;

/** git checks the commits up to here while the last quarter is signed; otherwise all of that would be waited for at the end. */
const EARLY_SHARE = 0.75;
/** A smaller pack is checked in less time than another git takes to start. */
const EARLY_PACK_BYTES = 1 << 20;

/** A site's new commit, which no ref names yet. */
export interface SiteMove {
  readonly site: string;
  /** The site's commit before; null for a first one. */
  readonly old: string | null;
  readonly commit: string;
  /** The commit's time, in seconds since 1970. */
  readonly seconds: number;
}

/** Makes, signs and writes a commit for each order, in their order. */
export async function writeSiteCommits(writer: ObjectWriter, orders: readonly SiteOrder[], signing: Signing): Promise<SiteMove[]> {
  const now = Math.floor(signing.clock.now() / 1000);
  const commits = new CommitDeltas(writer);
  const moves: SiteMove[] = [];
  const ahead: Batch[] = [];
  let early = Math.ceil(orders.length * EARLY_SHARE);
  let next = 0;
  while (next < orders.length || ahead.length > 0) {
    for (; next < orders.length && ahead.length < BATCHES_AHEAD; next += BATCH_COMMITS) {
      const batch = orders.slice(next, next + BATCH_COMMITS);
      const payloads = batch.map((order) => payloadOf(order, signing, now));
      ahead.push({ orders: batch, payloads, number: signing.pool.add(payloads) });
    }
    const batch = ahead.shift() as Batch;
    const signatures = await signing.pool.signatures(batch.number);
    for (const [index, order] of batch.orders.entries()) {
      const bytes = signedSiteCommit(batch.payloads[index] as Buffer, signatures[index] as string);
      const old = order.head?.commit ?? null;
      moves.push({ site: order.site, old, commit: commits.write(order, bytes), seconds: secondsOf(order, signing.release, now) });
    }
    if (moves.length >= early) {
      writer.flush(EARLY_PACK_BYTES);
      early = Number.POSITIVE_INFINITY;
    }
    // git takes the pack before this one meanwhile, and the other thread hands over what it has signed.
    await yieldToIo();
  }
  return moves;
}

interface Batch {
  readonly orders: readonly SiteOrder[];
  readonly payloads: readonly Buffer[];
  readonly number: number;
}

// A promoter's clock that stands wrong must not make a site's history run backwards.
function secondsOf({ head }: SiteOrder, release: Release, now: number): number {
  return Math.max(now, release.tag.seconds, head?.seconds ?? 0);
}

function payloadOf(order: SiteOrder, { release, urgent }: Signing, now: number): Buffer {
  const { site, index, seq, head } = order;
  return siteCommitPayload({
    tree: release.sites.treeId(index).toString("hex"),
    parent: head?.commit ?? null,
    seconds: secondsOf(order, release, now),
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
