import { limits, type Outcome, type Problem, refused, type Trust } from "../core/index.ts";
import { type SigningKey, tryRoleRefusal, verifyFirstTrust, verifyNextTrust } from "../trust/index.ts";
import { readTrustDocument } from "../wire/index.ts";

export interface TrustChain {
  /** The newest version. */
  readonly trust: Trust;
  /** All versions, 1 first. */
  readonly versions: readonly Trust[];
  /** Their bytes. */
  readonly documents: readonly Uint8Array[];
}

/**
 * Walks trust from version 1 as this office keeps it, through what the repository adds. The repository cannot replace what
 * the office knows: where both have a version, the bytes must be the same.
 */
export function walkTrust(fleet: string, own: readonly Uint8Array[], published: readonly Uint8Array[]): Outcome<TrustChain> {
  if (own.length === 0) return refused(noTrust());
  const documents = own.length >= published.length ? own : published;
  if (documents.length > limits.trustVersions) return refused(broken(`there are more than ${limits.trustVersions} versions`));
  for (let index = 0; index < Math.min(own.length, published.length); index++) {
    if (!Buffer.from(own[index] as Uint8Array).equals(published[index] as Uint8Array)) return refused(differs(index + 1));
  }
  const versions: Trust[] = [];
  for (const bytes of documents) {
    const trust = versions.at(-1);
    const read = readTrustDocument(bytes);
    if ("fault" in read) return refused(broken(read.fault));
    const verdict = trust === undefined ? verifyFirstTrust(read.value) : verifyNextTrust(trust, read.value);
    if ("refusal" in verdict) return refused(broken(verdict.because));
    versions.push(verdict.accepted);
  }
  const trust = versions.at(-1) as Trust;
  if (trust.fleet !== fleet) return refused(broken(`it is for the fleet "${trust.fleet}", not "${fleet}"`));
  return { value: { trust, versions, documents } };
}

/** A key may sign for a role, or the problem that says why not. */
export function keyProblems(trust: Trust, role: "release" | "promote", key: SigningKey): readonly Problem[] {
  const refusal = tryRoleRefusal(trust, role, key.publicKey.fingerprint);
  if (!refusal) return [];
  const holders = trust.roles[role].keys.join(", ");
  return refused({
    code: "key-without-role",
    message: `the ${role} key may not sign: ${refusal.because}`,
    at: [{ path: `fleet.${role}Key` }],
    because: `every site would refuse its signatures; the role ${role} is held by ${holders}`,
    next: `sign with one of those keys`,
  }).problems;
}

function noTrust(): Omit<Problem, "severity"> {
  return {
    code: "no-trust",
    message: "the fleet has no trust document",
    at: [],
    next: "copy .skerry/trust/1.json from the office that made the keys; for a new fleet make keys and trust: skerry keys",
  };
}

function broken(because: string): Omit<Problem, "severity"> {
  return {
    code: "trust-broken",
    message: "the fleet's trust documents are not valid",
    at: [],
    because,
    next: "restore .skerry/trust from a copy that the sites accept; until then nothing is signed",
  };
}

function differs(version: number): Omit<Problem, "severity"> {
  return {
    code: "trust-broken",
    message: `trust version ${version} in the repository differs from the one in .skerry/trust`,
    at: [],
    because: "the keys were made a second time, or the repository's trust was replaced; sites keep the first version that they accepted",
    next: "find out which one the sites have, and restore it in both places",
  };
}
