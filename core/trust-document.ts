/** root: who may change trust. release: what may run (signs tags). promote: when (signs site commits). freshness: that news is new. */
export const TRUST_ROLES = ["root", "release", "promote", "freshness"] as const;
export type TrustRole = (typeof TRUST_ROLES)[number];

/** One signature beside a signed value. */
export interface DocumentSignature {
  /** Fingerprint of the key, `SHA256:...`. */
  readonly key: string;
  /** Armored SSHSIG without a final line end, over the RFC 8785 bytes of `signed`. */
  readonly signature: string;
}

export interface SignedDocument<T> {
  readonly signed: T;
  readonly signatures: readonly DocumentSignature[];
}

/** Who may say what, at one version of trust (`skerry.trust/1`). Versions are walked one by one; dates decide nothing. */
export interface Trust {
  readonly format: "skerry.trust/1";
  readonly fleet: string;
  readonly version: number;
  /** Fingerprint -> public line `ssh-ed25519 AAAA...` without a comment. */
  readonly keys: Readonly<Record<string, string>>;
  readonly roles: Readonly<Record<TrustRole, TrustRoleKeys>>;
  /** A revoked key counts for nothing, wherever it is named. */
  readonly revoked: readonly { readonly key: string; readonly reason: string }[];
  /** Site id -> the seq that the site shall take for the highest seen. */
  readonly resets?: Readonly<Record<string, number>>;
  /** Agents refuse lower releases, so that a stolen promote key cannot go back to a known hole. */
  readonly minRelease?: number;
}

export interface TrustRoleKeys {
  /** Number of distinct keys that must sign. Always 1 for promote and freshness. */
  readonly threshold: number;
  /** Fingerprints. */
  readonly keys: readonly string[];
}

export type TrustDocument = SignedDocument<Trust>;
