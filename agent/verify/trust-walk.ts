import { limits, type Trust } from "../../core/index.ts";
import { objectId } from "../../git/index.ts";
import { type Refusal, verifyFirstTrust, verifyNextTrust } from "../../trust/index.ts";
import { readTrustDocument } from "../../wire/index.ts";
import { refuse, type Verdict } from "./verdict.ts";

/** A trust version that verified, with the bytes that did. */
export interface TrustVersion {
  readonly trust: Trust;
  readonly bytes: Buffer;
}

/** The version that the box was provisioned with: whoever wrote it there is the root of all that follows. */
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
 * What is wrong with the numbers on the branch: a gap below a version that is there, or other bytes under a number that was accepted.
 * The branch may lag behind what was accepted; that is the machine's to judge.
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
