import { canonicalJson, type Refusal, type SignedDocument, type Trust } from "../core/index.ts";
import { tryRoleRefusal } from "./roles.ts";
import { signersOf } from "./signers.ts";
import { FRESHNESS_NAMESPACE, GIT_NAMESPACE, verifySsh } from "./sshsig.ts";

/** Whether a current promote key signed these commit bytes. Fleet, site, seq and proof are judged by whoever reads the commit. */
export function judgeSiteCommit(trust: Trust, payload: Uint8Array, signature: string): { readonly fingerprint: string } | Refusal {
  const verdict = verifySsh(signature, GIT_NAMESPACE, payload);
  if ("fault" in verdict) return { refusal: verdict.refusal, because: verdict.fault };
  return tryRoleRefusal(trust, "promote", verdict.fingerprint) ?? { fingerprint: verdict.fingerprint };
}

/**
 * Whether the threshold of distinct current release keys signed these tag bytes. `signatures`: the one in the tag, where there is one, and those beside it.
 * Signatures by other keys, and ones that do not fit, are ignored: anyone can lay one beside the tag.
 */
export function judgeReleaseTag(
  trust: Trust,
  payload: Uint8Array,
  signatures: Iterable<string>,
): { readonly fingerprints: readonly string[] } | Refusal {
  const claims = Array.from(signatures, (signature) => ({ signature }));
  const { fingerprints, ignored } = signersOf(trust, "release", GIT_NAMESPACE, payload, claims);
  const { threshold } = trust.roles.release;
  if (fingerprints.size >= threshold) return { fingerprints: [...fingerprints] };
  const others = ignored.map((each) => `; ${each.because}`).join("");
  return { refusal: "release-not-signed", because: `${fingerprints.size} of ${threshold} release keys signed the tag${others}` };
}

/** Whether a current freshness key signed this note. What it says is judged by whoever reads it. */
export function judgeFreshness(trust: Trust, { signed, signatures }: SignedDocument<unknown>): { readonly fingerprint: string } | Refusal {
  const payload = Buffer.from(canonicalJson(signed));
  const { fingerprints, ignored } = signersOf(trust, "freshness", FRESHNESS_NAMESPACE, payload, signatures);
  const [fingerprint] = fingerprints;
  return fingerprint === undefined ? (ignored[0] ?? { refusal: "unsigned", because: "the note has no signature" }) : { fingerprint };
}
