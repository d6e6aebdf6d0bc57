import { canonicalJson, type Refusal, type Trust, type TrustDocument } from "../core/index.ts";
import { parsePublicKey } from "./public-key.ts";
import { signersOf } from "./signers.ts";
import { TRUST_NAMESPACE } from "./sshsig.ts";

/**
 * The chain of trust documents. Version 1 is installed with the box; each later version must be signed by the root keys of its predecessor and by
 * its own. The first version that does not verify ends the chain. `wire/` has checked the format, so only keys, numbers and signatures are checked here.
 */
export type TrustVerdict = { readonly accepted: Trust } | Refusal;

/** Verifies a document by itself: well-formed keys, and signatures by its own root threshold. Nothing else can be checked for version 1. */
export function verifyFirstTrust(document: TrustDocument): TrustVerdict {
  const because = keysFault(document.signed) ?? rootFault(document.signed, document);
  return because === undefined ? { accepted: document.signed } : { refusal: "trust-broken", because };
}

/** Verifies `next` as the successor of `current`: the version is one higher, and the root threshold of both signed it. */
export function verifyNextTrust(current: Trust, next: TrustDocument): TrustVerdict {
  const { fleet, version } = next.signed;
  if (fleet !== current.fleet) return broken(version, `it is for the fleet "${fleet}", not "${current.fleet}"`);
  if (version !== current.version + 1) return broken(version, `it does not follow version ${current.version}`);
  const fault = rootFault(current, next);
  return fault === undefined ? verifyFirstTrust(next) : broken(version, fault);
}

function broken(version: number, because: string): Refusal {
  return { refusal: "trust-broken", because: `trust version ${version}: ${because}` };
}

function keysFault(trust: Trust): string | undefined {
  for (const [fingerprint, line] of Object.entries(trust.keys)) {
    const key = parsePublicKey(line);
    if ("fault" in key) return `trust version ${trust.version}: the key under ${fingerprint} ${key.fault}`;
    if (key.value.fingerprint !== fingerprint)
      return `trust version ${trust.version}: the key under ${fingerprint} is ${key.value.fingerprint}`;
  }
  return undefined;
}

function rootFault(judge: Trust, document: TrustDocument): string | undefined {
  const message = Buffer.from(canonicalJson(document.signed), "utf8");
  const { fingerprints, ignored } = signersOf(judge, "root", TRUST_NAMESPACE, message, document.signatures);
  const { threshold } = judge.roles.root;
  if (fingerprints.size >= threshold) return undefined;
  const others = ignored.map((each) => `; ${each.because}`).join("");
  return `${fingerprints.size} of ${threshold} root keys of version ${judge.version} signed version ${document.signed.version}${others}`;
}
