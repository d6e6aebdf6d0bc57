/** root changes trust, release signs release tags (what may run), promote signs site commits (when), freshness signs freshness notes. */
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

/** Which keys hold which roles, at one version of trust (`skerry.trust/1`). Versions are accepted one by one; dates have no effect. */
export interface Trust {
  readonly format: "skerry.trust/1";
  readonly fleet: string;
  readonly version: number;
  /** Fingerprint -> public line `ssh-ed25519 AAAA...` without a comment. */
  readonly keys: Readonly<Record<string, string>>;
  readonly roles: Readonly<Record<TrustRole, TrustRoleKeys>>;
  /** A signature by a revoked key never counts, whichever roles name the key. */
  readonly revoked: readonly { readonly key: string; readonly reason: string }[];
  /** Site id -> the seq that the site sets as its highest seen. */
  readonly resets?: Readonly<Record<string, number>>;
  /** Agents refuse lower releases, so that a stolen promote key cannot bring back a release with a known vulnerability. */
  readonly minRelease?: number;
}

export interface TrustRoleKeys {
  /** How many distinct keys must sign. Always 1 for promote and freshness. */
  readonly threshold: number;
  /** Fingerprints. */
  readonly keys: readonly string[];
}

export type TrustDocument = SignedDocument<Trust>;
