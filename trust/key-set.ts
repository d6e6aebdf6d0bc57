import { type Random, systemRandom, type Trust, type TrustDocument, type TrustRole } from "../core/index.ts";
import { generateSigningKey, type SigningKey } from "./signing-key.ts";
import { signDocument } from "./signers.ts";
import { TRUST_NAMESPACE } from "./sshsig.ts";

/** The keys of a new fleet and the trust document that names them. People decide who holds which key and where. */
export interface KeySet {
  /** By the names in `keyRoles`. */
  readonly keys: ReadonlyMap<string, SigningKey>;
  /** Version 1, signed by every root key. */
  readonly trust: TrustDocument;
}

/** The default of `skerry keys`: separate keys for people (root, release) and for automation (promote, freshness). */
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

/** Makes new keys at every call and writes nothing. Throws when a role has fewer keys than its threshold. */
export function createKeySet(fleet: string, options: KeySetOptions = {}): KeySet {
  const { keyRoles = DEFAULT_KEY_ROLES, thresholds = {}, random = systemRandom } = options;
  const keys = new Map(Object.keys(keyRoles).map((name) => [name, generateSigningKey(`${name}@${fleet}`, random)]));
  const holders = (role: TrustRole) => [...keys].filter(([name]) => keyRoles[name]?.includes(role) === true).map(([, key]) => key);
  const role = (name: TrustRole, threshold = 1) => {
    const fingerprints = holders(name).map((key) => key.publicKey.fingerprint);
    if (fingerprints.length < threshold)
      throw new RangeError(`key set: the role ${name} has ${fingerprints.length} keys but its threshold is ${threshold}`);
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
