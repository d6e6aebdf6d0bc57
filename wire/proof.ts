import type { InclusionProof } from "../core/index.ts";
import { type Atom, wholeNumber } from "./grammar/atoms.ts";

const HASH_BYTES = 32;
// In a release of one site the leaf is the root.
const NO_HASHES = "-";
const index = wholeNumber(0);

// Room for any proof: an index has 53 bits. A release writes one for each site, and a Buffer of its own costs more than what is in it.
const scratch = Buffer.alloc(53 * HASH_BYTES);

/** `<index> <base64 of the hashes one after the other>`, or `<index> -`. */
export function proofText({ index: leaf, hashes }: InclusionProof): string {
  if (hashes.length === 0) return `${leaf} ${NO_HASHES}`;
  let end = 0;
  for (const hash of hashes) {
    scratch.set(hash, end);
    end += HASH_BYTES;
  }
  return `${leaf} ${scratch.toString("base64", 0, end)}`;
}

export const proofAtom: Atom<InclusionProof> = {
  description: `a whole number, a space and base64 of ${HASH_BYTES}-byte hashes (or "-" for none)`,
  tryRead: (text) => {
    const space = text.indexOf(" ");
    const leaf = index.tryRead(text.slice(0, Math.max(space, 0)));
    const base64 = text.slice(space + 1);
    if (leaf === undefined) return undefined;
    if (base64 === NO_HASHES) return { index: leaf, hashes: [] };
    // The decoder ignores spare bits, missing padding and invalid characters. Encoding the result again detects them.
    const bytes = Buffer.from(base64, "base64");
    if (bytes.length === 0 || bytes.length % HASH_BYTES !== 0 || bytes.toString("base64") !== base64) return undefined;
    const hashes = Array.from({ length: bytes.length / HASH_BYTES }, (_, place) =>
      bytes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES),
    );
    return { index: leaf, hashes };
  },
};
