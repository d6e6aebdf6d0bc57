import type * as z from "zod/mini";
import { fields, fingerprint, list, text } from "./grammar/json-fields.ts";

const armor = text("an armored SSH signature without a final line end", (value) =>
  /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/]{70}\n){3,4}[A-Za-z0-9+/]{1,70}={0,2}\n-----END SSH SIGNATURE-----$/.test(value),
);

/** `{signed, signatures}`: the signatures are over the RFC 8785 bytes of `signed`. Does not verify them. */
export function signedDocument<T extends z.ZodMiniType>(signed: T) {
  return fields({ signed, signatures: list(fields({ key: fingerprint, signature: armor }), 1, 64) });
}

/** Each key may sign once: a second signature adds nothing and could hide that the first does not verify. */
export function signaturesFault(document: { readonly signatures: readonly { readonly key: string }[] }): string | undefined {
  const seen = new Set<string>();
  for (const [place, { key }] of document.signatures.entries()) {
    if (seen.has(key)) return `signatures[${place}].key must be unique, but ${key} signed twice`;
    seen.add(key);
  }
  return undefined;
}
