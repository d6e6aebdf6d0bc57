import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { quoted, type Random, type Read, systemRandom } from "../core/index.ts";
import { armored, tryDearmor } from "./armor.ts";
import { KEY_TYPE, type PublicKey, publicKeyOf } from "./public-key.ts";
import { SshReader, sshString, sshUint32 } from "./ssh-encoding.ts";

/** An ed25519 private key. The secret stays inside the `KeyObject`, so printing or serializing this value does not reveal it. */
export interface SigningKey {
  readonly publicKey: PublicKey;
  readonly comment: string;
  readonly privateKey: KeyObject;
}

export function generateSigningKey(comment: string, random: Random = systemRandom): SigningKey {
  return signingKeyOf(random.bytes(32), comment);
}

// RFC 8410: a PKCS #8 private key for ed25519 is this prefix and the 32-byte seed.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

function signingKeyOf(seed: Buffer, comment: string): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const raw = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  return { publicKey: publicKeyOf(raw), comment, privateKey };
}

const LABEL = "OPENSSH PRIVATE KEY";
const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");
// Padding goes up to the cipher's block; the cipher "none" counts as 8.
const BLOCK_BYTES = 8;

/**
 * An unencrypted OpenSSH private key file (PROTOCOL.key) with its final line end. The caller that stores it sets the mode (0600).
 * The format requires two equal random numbers; they have no use without encryption.
 */
export function writeSigningKey(key: SigningKey, random: Random = systemRandom): string {
  const seed = key.privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const raw = key.publicKey.blob.subarray(-32);
  const check = random.bytes(4);
  const secret = Buffer.concat([
    check,
    check,
    key.publicKey.blob,
    sshString(Buffer.concat([seed, raw])),
    sshString(Buffer.from(key.comment, "utf8")),
  ]);
  const padding = Buffer.from(Array.from({ length: -secret.length & (BLOCK_BYTES - 1) }, (_, index) => index + 1));
  const file = Buffer.concat([
    MAGIC,
    sshString("none"),
    sshString("none"),
    sshString(""),
    sshUint32(1),
    sshString(key.publicKey.blob),
    sshString(Buffer.concat([secret, padding])),
  ]);
  return `${armored(LABEL, file)}\n`;
}

/** `ssh-ed25519 AAAA... comment` with its line end, as in a `.pub` file. */
export function writePublicKeyLine(key: SigningKey): string {
  return key.comment === "" ? `${key.publicKey.line}\n` : `${key.publicKey.line} ${key.comment}\n`;
}

const MALFORMED = { fault: "is not a well-formed OpenSSH private key; make one with `skerry keys` or `ssh-keygen -t ed25519`" };

/** Reads what `writeSigningKey` or `ssh-keygen -t ed25519 -N ""` wrote. The fault never quotes the file. */
export function readSigningKey(pem: string): Read<SigningKey> {
  const file = tryDearmor(LABEL, pem);
  if (file === undefined) return foreignKey(pem);
  const fields = new SshReader(file);
  if (fields.tryBytes(MAGIC.length)?.equals(MAGIC) !== true) return MALFORMED;
  const cipher = fields.tryText();
  if (cipher !== undefined && cipher !== "none") {
    return {
      fault:
        "is encrypted with a passphrase, which is not supported; remove the passphrase from a copy with `ssh-keygen -p -N '' -f <copy>`",
    };
  }
  const isPlain = fields.tryText() === "none" && fields.tryText() === "" && fields.tryUint32() === 1;
  const publicBlob = fields.tryString();
  const secret = fields.tryString();
  if (!isPlain || publicBlob === undefined || secret === undefined || !fields.isAtEnd) return MALFORMED;
  return readSecret(secret, publicBlob);
}

function foreignKey(pem: string): Read<SigningKey> {
  const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\n/.exec(pem)?.[1];
  if (label === undefined || label === LABEL) return MALFORMED;
  return { fault: `is a "${label}" file, not an OpenSSH private key; make one with \`skerry keys\` or \`ssh-keygen -t ed25519\`` };
}

function readSecret(secret: Buffer, publicBlob: Buffer): Read<SigningKey> {
  const fields = new SshReader(secret);
  const checks = [fields.tryUint32(), fields.tryUint32()];
  const type = fields.tryText();
  if (checks[0] === undefined || checks[0] !== checks[1] || type === undefined) return MALFORMED;
  if (type !== KEY_TYPE) {
    return {
      fault: `is a key of type ${quoted(type, 40)}; only ${KEY_TYPE} is supported: make one with \`skerry keys\` or \`ssh-keygen -t ed25519\``,
    };
  }
  const raw = fields.tryString();
  const pair = fields.tryString();
  const comment = fields.tryString();
  if (raw?.length !== 32 || pair?.length !== 64 || comment === undefined) return MALFORMED;
  const key = signingKeyOf(pair.subarray(0, 32), comment.toString("utf8"));
  // The file holds the public key three times. If they differed, signatures would be made under another key's name.
  const isOneKey = [raw, pair.subarray(32)].every((half) => half.equals(key.publicKey.blob.subarray(-32)));
  return isOneKey && key.publicKey.blob.equals(publicBlob) && isPadding(fields) ? { value: key } : MALFORMED;
}

function isPadding(fields: SshReader): boolean {
  for (let expected = 1; !fields.isAtEnd; expected++) {
    if (expected >= BLOCK_BYTES || fields.tryBytes(1)?.[0] !== expected) return false;
  }
  return true;
}
