/** The kind of a file on branch `trust`, from its path. */
export type TrustPath =
  | { readonly kind: "trust"; readonly version: number }
  | { readonly kind: "tag"; readonly release: number }
  | { readonly kind: "signature"; readonly release: number; readonly fingerprint: string };

/** A trust document. */
export function trustDocumentPath(version: number): string {
  return `trust/${version}.json`;
}

/** The raw bytes of a release tag. */
export function releaseTagPath(release: number): string {
  return `releases/${release}.tag`;
}

/** A detached signature over the tag's bytes. The fingerprint is in base64url because base64 has slashes. */
export function releaseSignaturePath(release: number, fingerprint: string): string {
  return `releases/${release}.${fingerprint
    .replace(/^SHA256:/, "")
    .replaceAll("+", "-")
    .replaceAll("/", "_")}.sig`;
}

const NUMBER = "([1-9][0-9]{0,15})";
const TRUST = new RegExp(`^trust/${NUMBER}\\.json$`);
const RELEASE = new RegExp(`^releases/${NUMBER}\\.(?:tag|([A-Za-z0-9_-]{43})\\.sig)$`);

/** undefined for a path that is not allowed on branch `trust`. */
export function tryParseTrustPath(path: string): TrustPath | undefined {
  const version = tryNumber(TRUST.exec(path)?.[1]);
  if (version !== undefined) return { kind: "trust", version };
  const match = RELEASE.exec(path);
  const release = tryNumber(match?.[1]);
  if (release === undefined) return undefined;
  const base64url = match?.[2];
  if (base64url === undefined) return { kind: "tag", release };
  return { kind: "signature", release, fingerprint: `SHA256:${base64url.replaceAll("-", "+").replaceAll("_", "/")}` };
}

function tryNumber(digits: string | undefined): number | undefined {
  return digits !== undefined && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
}
