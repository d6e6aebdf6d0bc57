import { setImmediate as yieldToIo } from "node:timers/promises";
import type { Clock } from "../../core/index.ts";
import { type Base, binaryId, Delta, hexOf, LineDelta, type ObjectWriter, type RefUpdate } from "../../git/index.ts";
import { signedSiteCommit, siteCommitPayload } from "../../wire/index.ts";
import { siteRef } from "../../releases/index.ts";
import type { ReleaseFacts, SiteOrder } from "./promotion-plan.ts";
import type { SigningPool } from "./signing-pool.ts";

export interface Signing {
  readonly release: ReleaseFacts;
  readonly pool: SigningPool;
  readonly clock: Clock;
  readonly urgent: boolean;
}

/** Commits that are signed together: 2 ms of work. */
const BATCH_COMMITS = 64;
/** Batches that wait to be signed at most: their payloads have 700 bytes each, so 10,000 of them need 7 MB. */
const BATCHES_AHEAD = 160;
/** Neighbours under one subtree of the Merkle tree share the upper part of their proofs, so they share a delta base. */
const GROUP_SITES = 64;

/** git checks the commits up to here while the others are written; otherwise all of that would be waited for at the end. */
const EARLY_SHARES = [0.4, 0.75, 0.92];
/** A smaller pack is checked in less time than another git takes to start. */
const EARLY_PACK_BYTES = 1 << 18;

/** The commits of a promotion. The other thread signs them from the moment on at which this is made. */
export class SiteCommits {
  readonly #orders: readonly SiteOrder[];
  readonly #signing: Signing;
  readonly #now: number;
  readonly #ahead: Batch[] = [];
  #next = 0;

  constructor(orders: readonly SiteOrder[], signing: Signing) {
    this.#orders = orders;
    this.#signing = signing;
    this.#now = Math.floor(signing.clock.now() / 1000);
    this.#queue();
  }

  /** Writes a commit for each order. Returns the moves of the sites' refs, which are not made yet. */
  async write(writer: ObjectWriter): Promise<RefUpdate[]> {
    const commits = new CommitDeltas(writer);
    const updates: RefUpdate[] = [];
    const early = EARLY_SHARES.map((share) => Math.ceil(this.#orders.length * share));
    for (let batch = this.#ahead.shift(); batch; batch = this.#ahead.shift()) {
      this.#queue();
      const signatures = await this.#signing.pool.signatures(batch.number);
      for (const [index, order] of batch.orders.entries()) {
        const bytes = signedSiteCommit(batch.payloads[index] as Buffer, signatures[index] as string);
        updates.push({ name: siteRef(order.site), old: order.head?.commit ?? null, new: commits.write(order, bytes) });
      }
      if (updates.length >= (early[0] ?? Number.POSITIVE_INFINITY)) {
        early.shift();
        writer.flush(EARLY_PACK_BYTES);
      }
      // git takes the pack before this one meanwhile, and the other thread hands over what it has signed.
      await yieldToIo();
    }
    return updates;
  }

  #queue(): void {
    for (; this.#next < this.#orders.length && this.#ahead.length < BATCHES_AHEAD; this.#next += BATCH_COMMITS) {
      const orders = this.#orders.slice(this.#next, this.#next + BATCH_COMMITS);
      const payloads = orders.map((order) => payloadOf(order, this.#signing, this.#now));
      this.#ahead.push({ orders, payloads, number: this.#signing.pool.add(payloads) });
    }
  }
}

interface Batch {
  readonly orders: readonly SiteOrder[];
  readonly payloads: readonly Buffer[];
  readonly number: number;
}

function payloadOf({ site, index, seq, head }: SiteOrder, { release, urgent }: Signing, now: number): Buffer {
  return siteCommitPayload({
    tree: release.sites.treeId(index).toString("hex"),
    parent: head?.commit ?? null,
    // A promoter's clock that stands wrong must not make a site's history run backwards.
    seconds: Math.max(now, release.seconds, head?.seconds ?? 0),
    fleet: release.fleet,
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
