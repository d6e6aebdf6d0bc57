import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { quoted, type Read } from "../core/index.ts";
import { SshReader, sshString } from "./ssh-encoding.ts";

export const KEY_TYPE = "ssh-ed25519";

export interface PublicKey {
  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** `ssh-ed25519 AAAA...`, without a comment. */
  readonly line: string;
  /** SSH wire form: key type and 32 bytes. */
  readonly blob: Buffer;
  readonly keyObject: KeyObject;
}

/** Reads one line of an OpenSSH public key file; a comment after the key is dropped. */
export function parsePublicKey(line: string): Read<PublicKey> {
  const [type, base64 = ""] = line.replace(/\n$/, "").split(" ", 2) as [string, string?];
  if (type !== KEY_TYPE) return { fault: `is a key of type ${quoted(type, 40)}; only ${KEY_TYPE} is supported` };
  if (/[\r\n\0]/.test(line.replace(/\n$/, ""))) return { fault: "is more than one line" };
  const blob = Buffer.from(base64, "base64");
  const key = tryPublicKeyOfBlob(blob);
  return key !== undefined && blob.toString("base64") === base64
    ? { value: key }
    : { fault: "is not a well-formed ssh-ed25519 public key" };
}

/** undefined unless the blob is exactly an ed25519 key. */
export function tryPublicKeyOfBlob(blob: Buffer): PublicKey | undefined {
  const fields = new SshReader(blob);
  if (fields.tryText() !== KEY_TYPE) return undefined;
  const raw = fields.tryString();
  return raw?.length === 32 && fields.isAtEnd ? publicKeyOf(raw) : undefined;
}

// RFC 8410: a SubjectPublicKeyInfo for ed25519 is this prefix and the 32 bytes.
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

export function publicKeyOf(raw: Buffer): PublicKey {
  const blob = Buffer.concat([sshString(KEY_TYPE), sshString(raw)]);
  return {
    fingerprint: fingerprintOf(blob),
    line: `${KEY_TYPE} ${blob.toString("base64")}`,
    blob,
    keyObject: createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" }),
  };
}

/** Fingerprint of a key's SSH wire form. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${hash("sha256", blob, "base64").replace(/=+$/, "")}`;
}
