import type { Refusal, Trust, TrustRole } from "../core/index.ts";
import { parsePublicKey, type PublicKey } from "./public-key.ts";

/** The current keys of a role: named in it and not revoked. For a document that `trust-chain.ts` accepted. */
export function keysOf(trust: Trust, role: TrustRole): readonly PublicKey[] {
  return trust.roles[role].keys
    .filter((fingerprint) => tryRoleRefusal(trust, role, fingerprint) === undefined)
    .map((fingerprint) => keyOf(trust, fingerprint));
}

function keyOf(trust: Trust, fingerprint: string): PublicKey {
  const read = parsePublicKey(trust.keys[fingerprint] ?? "");
  if ("fault" in read) throw new Error(`trust version ${trust.version} was not verified before use: key ${fingerprint} ${read.fault}`);
  return read.value;
}

/** undefined when the key holds the role. Revocation is checked first, because it overrides every role. */
export function tryRoleRefusal(trust: Trust, role: TrustRole, fingerprint: string): Refusal | undefined {
  const revoked = trust.revoked.find((each) => each.key === fingerprint);
  if (revoked !== undefined) return { refusal: "revoked-key", because: `${fingerprint} is revoked: ${revoked.reason}` };
  if (!Object.hasOwn(trust.keys, fingerprint))
    return { refusal: "unknown-key", because: `${fingerprint} is not in trust version ${trust.version}` };
  if (trust.roles[role].keys.includes(fingerprint)) return undefined;
  return { refusal: "wrong-role", because: `${fingerprint} does not hold the role ${role} in trust version ${trust.version}` };
}
