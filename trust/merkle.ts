import { hash } from "node:crypto";
import type { InclusionProof } from "../core/index.ts";

// The Merkle tree of RFC 9162 section 2.1 over the sites of a release, leaves in ascending byte order of site ids. A site commit holds the path
// from its leaf to the signed root, so that a stolen promote key can only choose among released trees.

const HASH_BYTES = 32;
const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** Leaf hash of a site: SHA-256 over 00, the site id, 00 and the 32 bytes of its tree digest. */
export function siteLeaf(siteId: string, treeDigest: Uint8Array): Buffer {
  if (treeDigest.length !== HASH_BYTES)
    throw new RangeError(`site leaf: a tree digest must have ${HASH_BYTES} bytes, not ${treeDigest.length}`);
  const id = Buffer.from(siteId, "utf8");
  const input = Buffer.allocUnsafe(id.length + HASH_BYTES + 2);
  input[0] = LEAF_PREFIX;
  input.set(id, 1);
  input[id.length + 1] = 0;
  input.set(treeDigest, id.length + 2);
  return hash("sha256", input, "buffer");
}

/** Built in O(n); each proof then takes O(log n). 100,000 leaves take 6.4 MB. */
export class MerkleTree {
  /** Level 0 is the concatenated leaf hashes, the last level is the root. */
  readonly #levels: readonly Buffer[];
  /** For each level but the last, the hash that the last proof took from it, and its place: neighbours share most of their paths. */
  readonly #taken: { at: number; hash: Buffer }[];
  readonly count: number;

  /** @param leaves leaf hashes (`siteLeaf`), at least one */
  constructor(leaves: readonly Uint8Array[]) {
    if (leaves.length === 0) throw new RangeError("Merkle tree: no leaves");
    this.count = leaves.length;
    const levels: Buffer[] = [Buffer.concat(leaves, leaves.length * HASH_BYTES)];
    for (let level = levels[0] as Buffer; level.length > HASH_BYTES; levels.push(level)) level = levelAbove(level);
    this.#levels = levels;
    this.#taken = levels.slice(0, -1).map(() => ({ at: -1, hash: levels[0] as Buffer }));
  }

  get root(): Buffer {
    return this.#levels.at(-1) as Buffer;
  }

  proof(index: number): InclusionProof {
    if (!Number.isInteger(index) || index < 0 || index >= this.count)
      throw new RangeError(`Merkle tree: no leaf ${index} of ${this.count}`);
    const hashes: Buffer[] = [];
    let position = index;
    for (let height = 0; height < this.#taken.length; height++) {
      const level = this.#levels[height] as Buffer;
      const taken = this.#taken[height] as { at: number; hash: Buffer };
      const sibling = (position ^ 1) * HASH_BYTES;
      position >>>= 1;
      if (sibling >= level.length) continue;
      if (taken.at !== sibling) {
        taken.at = sibling;
        taken.hash = level.subarray(sibling, sibling + HASH_BYTES);
      }
      hashes.push(taken.hash);
    }
    return { index, hashes };
  }
}

// Pairing level by level, with an odd last hash copied to the next level, equals RFC 9162's split at the largest power of two below n.
function levelAbove(level: Buffer): Buffer {
  const above = Buffer.allocUnsafe(Math.ceil(level.length / (2 * HASH_BYTES)) * HASH_BYTES);
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  input[0] = NODE_PREFIX;
  let written = 0;
  for (let start = 0; start < level.length; start += 2 * HASH_BYTES) {
    const pair = level.subarray(start, start + 2 * HASH_BYTES);
    input.set(pair, 1);
    above.set(pair.length === HASH_BYTES ? pair : hash("sha256", input, "buffer"), written);
    written += HASH_BYTES;
  }
  return above;
}

/** RFC 9162 section 2.1.3.2. `count` is the signed number of leaves; a path that is too long or too short does not verify. */
export function verifyInclusion(root: Uint8Array, count: number, leaf: Uint8Array, proof: InclusionProof): boolean {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(proof.index) || proof.index < 0 || proof.index >= count) return false;
  // `last` is the rightmost position of the level. A hash there may have no sibling and is then copied to the next level.
  let position = proof.index;
  let last = count - 1;
  let current: Buffer = Buffer.from(leaf);
  for (const sibling of proof.hashes) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      current = nodeHash(sibling, current);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      current = nodeHash(current, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && current.equals(root);
}

// Prefix 00 for leaves and 01 for nodes: without them an inner node could be passed off as a leaf (RFC 9162 section 2.1.1).
function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.of(NODE_PREFIX), left, right]), "buffer");
}
