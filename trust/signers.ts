import { canonicalJson, type Refusal, type SignedDocument, type Trust, type TrustRole } from "../core/index.ts";
import { tryRoleRefusal } from "./roles.ts";
import type { SigningKey } from "./signing-key.ts";
import { SshSigner, verifySsh } from "./sshsig.ts";

/** The distinct keys that signed, and why the other signatures do not count. */
export interface Signers {
  readonly fingerprints: ReadonlySet<string>;
  readonly ignored: readonly Refusal[];
}

/** A signature, and the key that it claims to be made with, if it names one. */
export interface Claim {
  readonly signature: string;
  readonly key?: string;
}

/** The distinct keys that signed `message` and hold the role now. */
export function signersOf(trust: Trust, role: TrustRole, namespace: string, message: Uint8Array, claims: Iterable<Claim>): Signers {
  const fingerprints = new Set<string>();
  const ignored: Refusal[] = [];
  for (const claim of claims) {
    const signer = signerOf(claim, namespace, message);
    const refusal = "refusal" in signer ? signer : tryRoleRefusal(trust, role, signer.fingerprint);
    if (refusal !== undefined) ignored.push(refusal);
    else if ("fingerprint" in signer) fingerprints.add(signer.fingerprint);
  }
  return { fingerprints, ignored };
}

function signerOf({ signature, key }: Claim, namespace: string, message: Uint8Array): { readonly fingerprint: string } | Refusal {
  const verdict = verifySsh(signature, namespace, message);
  if ("fault" in verdict) return { refusal: verdict.refusal, because: verdict.fault };
  if (key === undefined || key === verdict.fingerprint) return { fingerprint: verdict.fingerprint };
  return { refusal: "bad-signature", because: `the signature under ${key} is by ${verdict.fingerprint}` };
}

/** Signs the RFC 8785 bytes of `signed` with each key. */
export function signDocument<T>(signed: T, namespace: string, keys: readonly SigningKey[]): SignedDocument<T> {
  const message = Buffer.from(canonicalJson(signed), "utf8");
  const signatures = keys.map((key) => ({ key: key.publicKey.fingerprint, signature: new SshSigner(key, namespace).sign(message) }));
  return { signed, signatures };
}

/** Whether a document has a valid signature under this key's name. For reports, whose key is in the inventory. */
export function isSignedBy(document: SignedDocument<unknown>, namespace: string, fingerprint: string): boolean {
  const message = Buffer.from(canonicalJson(document.signed), "utf8");
  return document.signatures.some((claim) => {
    const signer = claim.key === fingerprint ? signerOf(claim, namespace, message) : undefined;
    return signer !== undefined && "fingerprint" in signer;
  });
}
