import { canonicalJson, type Refusal, type SignedDocument, type Trust } from "../core/index.ts";
import { tryRoleRefusal } from "./roles.ts";
import { signersOf } from "./signers.ts";
import { FRESHNESS_NAMESPACE, GIT_NAMESPACE, verifySsh } from "./sshsig.ts";

/** Whether a current promote key signed these commit bytes. The reader of the commit checks fleet, site, seq and proof. */
export function judgeSiteCommit(trust: Trust, payload: Uint8Array, signature: string): { readonly fingerprint: string } | Refusal {
  const verdict = verifySsh(signature, GIT_NAMESPACE, payload);
  if ("fault" in verdict) return { refusal: verdict.refusal, because: verdict.fault };
  return tryRoleRefusal(trust, "promote", verdict.fingerprint) ?? { fingerprint: verdict.fingerprint };
}

/**
 * Whether enough distinct current release keys signed these tag bytes. `signatures`: the one in the tag, if any, and the detached ones.
 * Signatures by other keys and signatures that do not verify are ignored, because anyone can add a detached one.
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

/** Whether a current freshness key signed this note. The reader of the note checks its content. */
export function judgeFreshness(trust: Trust, { signed, signatures }: SignedDocument<unknown>): { readonly fingerprint: string } | Refusal {
  const payload = Buffer.from(canonicalJson(signed));
  const { fingerprints, ignored } = signersOf(trust, "freshness", FRESHNESS_NAMESPACE, payload, signatures);
  const [fingerprint] = fingerprints;
  return fingerprint === undefined ? (ignored[0] ?? { refusal: "unsigned", because: "the note has no signature" }) : { fingerprint };
}
