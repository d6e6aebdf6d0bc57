import type { Read } from "../../core/index.ts";
import { readSigningKey as read, type SigningKey } from "../../trust/signing-key.ts";
import { remembered } from "../sim/world/remembered.ts";

/** Replaces the key reader in `trust/` during simulations: a cache, because a box reads its few keys at each start. */
export { generateSigningKey, type SigningKey, writePublicKeyLine, writeSigningKey } from "../../trust/signing-key.ts";

const answers = new Map<string, Read<SigningKey>>();

export function readSigningKey(pem: string): Read<SigningKey> {
  return remembered(answers, pem, () => read(pem));
}
