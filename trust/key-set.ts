import { type Random, systemRandom, type Trust, type TrustDocument, type TrustRole } from "../core/index.ts";
import { generateSigningKey, type SigningKey } from "./signing-key.ts";
import { signDocument } from "./signers.ts";
import { TRUST_NAMESPACE } from "./sshsig.ts";

/** The keys of a new fleet and the trust document that introduces them. Where they are kept, and who holds which, is for people to decide. */
export interface KeySet {
  /** By the name that was asked for. */
  readonly keys: ReadonlyMap<string, SigningKey>;
  /** Version 1, signed by every root key. */
  readonly trust: TrustDocument;
}

/** What `skerry keys` makes unless told otherwise: one file a person, and what a machine may do apart from what people do. */
export const DEFAULT_KEY_ROLES: Readonly<Record<string, readonly TrustRole[]>> = {
  root: ["root"],
  release: ["release"],
  promote: ["promote", "freshness"],
};

export interface KeySetOptions {
  /** Key name -> the roles it holds; together they name each role. @default DEFAULT_KEY_ROLES */
  readonly keyRoles?: Readonly<Record<string, readonly TrustRole[]>>;
  /** How many distinct keys must sign. @default 1 */
  readonly thresholds?: Readonly<Partial<Record<"root" | "release", number>>>;
  /** @default the system's */
  readonly random?: Random;
}

/** Makes new keys at every call; nothing is written. A role that nobody holds, or too few, is a bug of the caller. */
export function createKeySet(fleet: string, options: KeySetOptions = {}): KeySet {
  const { keyRoles = DEFAULT_KEY_ROLES, thresholds = {}, random = systemRandom } = options;
  const keys = new Map(Object.keys(keyRoles).map((name) => [name, generateSigningKey(`${name}@${fleet}`, random)]));
  const holders = (role: TrustRole) => [...keys].filter(([name]) => keyRoles[name]?.includes(role) === true).map(([, key]) => key);
  const role = (name: TrustRole, threshold = 1) => {
    const fingerprints = holders(name).map((key) => key.publicKey.fingerprint);
    if (fingerprints.length < threshold)
      throw new RangeError(`key set: the role ${name} has ${fingerprints.length} keys and needs ${threshold}`);
    return { threshold, keys: fingerprints.sort() };
  };
  const signed: Trust = {
    format: "skerry.trust/1",
    fleet,
    version: 1,
    keys: Object.fromEntries([...keys.values()].map((key) => [key.publicKey.fingerprint, key.publicKey.line])),
    roles: {
      root: role("root", thresholds.root),
      release: role("release", thresholds.release),
      promote: role("promote"),
      freshness: role("freshness"),
    },
    revoked: [],
  };
  return { keys, trust: signDocument(signed, TRUST_NAMESPACE, holders("root")) };
}
