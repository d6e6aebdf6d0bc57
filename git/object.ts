import { hash } from "node:crypto";

export type ObjectKind = "commit" | "tree" | "blob" | "tag";

/** git's two object formats; a site tree is named in both, because nothing may rest on SHA-1 alone. */
export type ObjectFormat = "sha1" | "sha256";

/** An object as git stores it, without its header. */
export interface RawObject {
  readonly kind: ObjectKind;
  readonly body: Buffer;
}

export const ID_BYTES = { sha1: 20, sha256: 32 } as const;

/** git hashes `<kind> <length> NUL <body>`. */
export function objectId(kind: ObjectKind, body: Uint8Array, format: ObjectFormat = "sha1"): Buffer {
  const header = Buffer.from(`${kind} ${body.length}\0`, "latin1");
  return hash(format, Buffer.concat([header, body]), "buffer");
}

export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
