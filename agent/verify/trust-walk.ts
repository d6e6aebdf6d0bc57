import { limits, type Trust } from "../../core/index.ts";
import { objectId } from "../../git/index.ts";
import { type Refusal, verifyFirstTrust, verifyNextTrust } from "../../trust/index.ts";
import { readTrustDocument } from "../../wire/index.ts";
import { refuse, type Verdict } from "./verdict.ts";

/** A verified trust version, with its bytes. */
export interface TrustVersion {
  readonly trust: Trust;
  readonly bytes: Buffer;
}

/** The version that the box was provisioned with, on which all later trust depends. */
export function judgeFirstTrust(bytes: Buffer, fleet: string): Verdict<TrustVersion> {
  const read = readTrustDocument(bytes);
  if ("fault" in read) return refuse("trust-broken", `the trust document ${read.fault}`);
  const verdict = verifyFirstTrust(read.value);
  if ("refusal" in verdict) return verdict;
  if (verdict.accepted.fleet !== fleet)
    return refuse("trust-broken", `the trust document is for fleet "${verdict.accepted.fleet}", not "${fleet}"`);
  return { value: { trust: verdict.accepted, bytes } };
}

/** The version after `trust`. */
export function judgeNextTrust(trust: Trust, bytes: Buffer): Verdict<TrustVersion> {
  const read = readTrustDocument(bytes);
  if ("fault" in read) return refuse("trust-broken", `trust version ${trust.version + 1} ${read.fault}`);
  const verdict = verifyNextTrust(trust, read.value);
  return "refusal" in verdict ? verdict : { value: { trust: verdict.accepted, bytes } };
}

/**
 * A fault in the versions on the branch: a gap below the highest one, or other bytes for an accepted version. The branch may be behind the
 * accepted version; the state machine handles that.
 */
export function versionsFault(documents: ReadonlyMap<number, string>, accepted: readonly TrustVersion[]): Refusal | undefined {
  const highest = Math.max(0, ...documents.keys());
  if (highest > limits.trustVersions) return refuse("trust-broken", `trust version ${highest} is above ${limits.trustVersions}`);
  for (let version = 1; version <= highest; version++) {
    if (!documents.has(version)) return refuse("trust-broken", `trust version ${version} is missing below version ${highest}`);
  }
  for (const { trust, bytes } of accepted) {
    const id = documents.get(trust.version);
    if (id !== undefined && id !== objectId("blob", bytes).toString("hex")) {
      return refuse("trust-broken", `trust version ${trust.version} differs from the one that was accepted`);
    }
  }
  return undefined;
}
