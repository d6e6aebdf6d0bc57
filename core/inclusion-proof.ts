/** The path from one leaf of a Merkle tree (RFC 9162 section 2.1.3) to its root. */
export interface InclusionProof {
  /** Position of the leaf, from 0. */
  readonly index: number;
  /** 32 bytes each, lowest first; empty when the leaf is the root. */
  readonly hashes: readonly Buffer[];
}
