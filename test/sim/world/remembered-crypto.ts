import * as crypto from "node:crypto";
import { remembered } from "./remembered.ts";

/**
 * Stands in for `node:crypto` below `trust/` while schedules run: the same question about the same bytes is answered from memory. ed25519 is
 * deterministic, so every answer is the one that the real function gave for exactly these bytes; other bytes are asked anew.
 */
export const hash = crypto.hash;

const verdicts = new Map<string, boolean>();
const signatures = new Map<string, Buffer>();
const publicKeys = new Map<string, crypto.KeyObject>();
const privateKeys = new Map<string, crypto.KeyObject>();
const names = new WeakMap<crypto.KeyObject, string>();

export function verify(algorithm: null, message: Buffer, key: crypto.KeyObject, signature: Buffer): boolean {
  return remembered(verdicts, `${named(key)}${text(signature)}${text(message)}`, () => crypto.verify(algorithm, message, key, signature));
}

export function sign(algorithm: null, message: Buffer, key: crypto.KeyObject): Buffer {
  return remembered(signatures, named(key) + text(message), () => crypto.sign(algorithm, message, key));
}

export function createPublicKey(
  from: { readonly key: Buffer; readonly format: "der"; readonly type: "spki" } | crypto.KeyObject,
): crypto.KeyObject {
  const name = from instanceof crypto.KeyObject ? named(from) : text(from.key);
  return remembered(publicKeys, name, () => crypto.createPublicKey(from));
}

export function createPrivateKey(from: { readonly key: Buffer; readonly format: "der"; readonly type: "pkcs8" }): crypto.KeyObject {
  return remembered(privateKeys, text(from.key), () => crypto.createPrivateKey(from));
}

function named(key: crypto.KeyObject): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = text(key.export(key.type === "private" ? { format: "der", type: "pkcs8" } : { format: "der", type: "spki" }));
  names.set(key, name);
  return name;
}

function text(bytes: Buffer): string {
  return bytes.toString("latin1");
}
