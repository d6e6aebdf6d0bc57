import { hash, sign, verify } from "node:crypto";
import { quoted } from "../core/index.ts";
import { armored, tryDearmor } from "./armor.ts";
import { KEY_TYPE, type PublicKey, tryPublicKeyOfBlob } from "./public-key.ts";
import type { SigningKey } from "./signing-key.ts";
import { SshReader, sshString, sshUint32 } from "./ssh-encoding.ts";

/**
 * SSHSIG (OpenSSH PROTOCOL.sshsig), limited to one form: version 1, ed25519, sha512, empty reserved field. git, ssh-keygen and Flux
 * verify it. The namespace prevents a signature for one purpose from being used for another.
 */
export const GIT_NAMESPACE = "git";
export const TRUST_NAMESPACE = "skerry-trust";
export const FRESHNESS_NAMESPACE = "skerry-freshness";
export const REPORT_NAMESPACE = "skerry-report";

const LABEL = "SSH SIGNATURE";
const MAGIC = Buffer.from("SSHSIG", "latin1");
const HASH = "sha512";
const HASH_BYTES = 64;
const SIGNATURE_BYTES = 64;

/** Signs many messages for one purpose. All but the digest and the 64 bytes of the signature is built once. */
export class SshSigner {
  readonly #key: SigningKey;
  /** What is signed, and the signature with what stands around it; each call writes the end of both anew. */
  readonly #signed: Buffer;
  readonly #blob: Buffer;

  constructor(key: SigningKey, namespace: string) {
    this.#key = key;
    this.#signed = signedBytes(namespace, Buffer.alloc(0));
    const type = sshString(KEY_TYPE);
    const fields = [sshString(key.publicKey.blob), sshString(namespace), sshString(""), sshString(HASH)];
    this.#blob = Buffer.concat([
      MAGIC,
      sshUint32(1),
      ...fields,
      sshUint32(type.length + 4 + SIGNATURE_BYTES),
      type,
      sshUint32(SIGNATURE_BYTES),
      Buffer.alloc(SIGNATURE_BYTES),
    ]);
  }

  /** An armored signature without a final line end. Deterministic for a key, namespace and message. */
  sign(message: Uint8Array): string {
    this.#signed.write(hash(HASH, message, "binary"), this.#signed.length - HASH_BYTES, "latin1");
    return this.#armored(sign(null, this.#signed, this.#key.privateKey));
  }

  #armored(signature: Buffer): string {
    this.#blob.set(signature, this.#blob.length - SIGNATURE_BYTES);
    return armored(LABEL, this.#blob);
  }
}

export function signSsh(key: SigningKey, namespace: string, message: Uint8Array): string {
  return new SshSigner(key, namespace).sign(message);
}

export type SshVerdict =
  | { readonly publicKey: PublicKey; readonly fingerprint: string }
  | { readonly fault: string; readonly refusal: "bad-signature" | "wrong-namespace" };

/**
 * Returns the key that signed the message; the caller checks whether the key has the right to. `armoredSignature` with or without its final
 * line end. The received bytes are verified as they are, without re-encoding.
 */
export function verifySsh(armoredSignature: string, namespace: string, message: Uint8Array): SshVerdict {
  const parts = readSshSignature(armoredSignature);
  if ("fault" in parts) return parts;
  if (parts.namespace !== namespace) {
    return {
      fault: `the signature is for ${quoted(parts.namespace, 40)}, not for "${namespace}"`,
      refusal: "wrong-namespace",
    };
  }
  if (!verify(null, signedBytes(namespace, message), parts.publicKey.keyObject, parts.signature))
    return bad("does not match the signed bytes");
  return { publicKey: parts.publicKey, fingerprint: parts.publicKey.fingerprint };
}

interface SshSignature {
  readonly publicKey: PublicKey;
  readonly namespace: string;
  /** The 64 bytes of RFC 8032. */
  readonly signature: Buffer;
}

type BadSignature = { readonly fault: string; readonly refusal: "bad-signature" };

function readSshSignature(text: string): SshSignature | BadSignature {
  const blob = tryDearmor(LABEL, text);
  if (blob === undefined) return bad("is not armored as ssh-keygen writes it");
  const fields = new SshReader(blob);
  if (fields.tryBytes(MAGIC.length)?.equals(MAGIC) !== true) return bad("is not an SSHSIG");
  if (fields.tryUint32() !== 1) return bad("is not of SSHSIG version 1");
  const publicKey = tryPublicKeyOfBlob(fields.tryString() ?? Buffer.alloc(0));
  if (publicKey === undefined) return bad(`is not by an ${KEY_TYPE} key`);
  const namespace = fields.tryText();
  if (fields.tryText() !== "") return bad("has a reserved field that is not empty");
  if (fields.tryText() !== HASH) return bad(`does not use ${HASH}`);
  const inner = new SshReader(fields.tryString() ?? Buffer.alloc(0));
  const isInnerType = inner.tryText() === KEY_TYPE;
  const signature = inner.tryString();
  if (namespace === undefined || !isInnerType || signature?.length !== SIGNATURE_BYTES || !inner.isAtEnd)
    return bad("is truncated or of another type than its key");
  if (!fields.isAtEnd) return bad("has bytes after its end");
  return { publicKey, namespace, signature };
}

function bad(what: string): BadSignature {
  return { fault: `the signature ${what}`, refusal: "bad-signature" };
}

const EMPTY_AND_HASH = Buffer.concat([sshString(""), sshString(HASH)]);

function signedBytes(namespace: string, message: Uint8Array): Buffer {
  return Buffer.concat([MAGIC, sshString(namespace), EMPTY_AND_HASH, sshString(hash(HASH, message, "buffer"))]);
}
