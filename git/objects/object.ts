import { hash } from "node:crypto";

export type ObjectKind = "commit" | "tree" | "blob" | "tag";

/** git's two object formats; a site tree has ids in both, because nothing may depend on SHA-1 alone. */
export type ObjectFormat = "sha1" | "sha256";

/** An object as git stores it, without its header. */
export interface RawObject {
  readonly kind: ObjectKind;
  readonly body: Buffer;
}

export const ID_BYTES = { sha1: 20, sha256: 32 } as const;

export function objectId(kind: ObjectKind, body: Uint8Array, format: ObjectFormat = "sha1"): Buffer {
  return Buffer.from(binaryId(kind, body, format), "latin1");
}

/** The id as a string of 20 (SHA-1) or 32 characters, each one byte: a third of a Buffer's cost, and usable as a map key. */
export function binaryId(kind: ObjectKind, body: Uint8Array, format: ObjectFormat = "sha1"): string {
  return hash(format, objectBytes(kind, body), "binary");
}

/** What git hashes: `<kind> <length> NUL <body>`. */
export function objectBytes(kind: ObjectKind, body: Uint8Array): Buffer {
  const header = `${kind} ${body.length}\0`;
  const bytes = Buffer.allocUnsafe(header.length + body.length);
  bytes.write(header, 0, "latin1");
  bytes.set(body, header.length);
  return bytes;
}

export function hexOf(binary: string): string {
  return Buffer.from(binary, "latin1").toString("hex");
}

export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}
