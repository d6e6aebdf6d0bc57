import { limits, type Read, type Trust, TRUST_ROLES, type TrustDocument, type TrustRole } from "../core/index.ts";
import * as z from "zod/mini";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./grammar/json-document.ts";
import {
  count,
  fields,
  fingerprint,
  fleetId,
  list,
  map,
  publicKeyLine,
  release,
  sentence,
  siteId,
  whole,
  word,
} from "./grammar/json-fields.ts";
import { signaturesFault, signedDocument } from "./signed-document.ts";

// More keys than any team has. The limit bounds the work of an agent.
const role = fields({ threshold: whole(1, 64), keys: list(fingerprint, 1, 64) });

const schema = signedDocument(
  fields({
    format: word(["skerry.trust/1"]),
    fleet: fleetId,
    version: whole(1, limits.trustVersions),
    // Roles, revocations and signatures refer to a key by its fingerprint.
    keys: map(fingerprint, publicKeyLine),
    roles: fields({ root: role, release: role, promote: role, freshness: role }),
    revoked: list(fields({ key: fingerprint, reason: sentence }), 0, 1_000),
    // Agents apply both: `resets` lowers a site's highest seq, `minRelease` sets the lowest release.
    resets: z.exactOptional(map(siteId, count)),
    minRelease: z.exactOptional(release),
  }),
);

const format: JsonFormat<TrustDocument> = {
  name: "trust document",
  format: "skerry.trust/1",
  unknownFormat: "trust-broken: ",
  bytesMax: limits.trustBytes,
  schema,
  faultOf: (document) => rolesFault(document.signed) ?? revokedFault(document.signed) ?? signaturesFault(document),
};

/** Reads `trust/<version>.json`. Does not compare keys with fingerprints or verify signatures; `trust/` does both. */
export function readTrustDocument(bytes: Uint8Array): Read<TrustDocument> {
  return readJsonDocument(format, bytes);
}

export function writeTrustDocument(document: TrustDocument): string {
  return writeJsonDocument(format, document);
}

function rolesFault(trust: Trust): string | undefined {
  for (const name of TRUST_ROLES) {
    const fault = roleFault(trust, name);
    if (fault !== undefined) return `signed.roles.${name}.${fault}`;
  }
  return undefined;
}

function roleFault(trust: Trust, name: TrustRole): string | undefined {
  const { threshold, keys } = trust.roles[name];
  const unknown = keys.findIndex((key) => !Object.hasOwn(trust.keys, key));
  if (unknown >= 0) return `keys[${unknown}] must be one of signed.keys, but ${keys[unknown]} is not`;
  if (new Set(keys).size !== keys.length) return "keys must be distinct";
  if (threshold > keys.length) return `threshold must not be above the number of its keys, ${keys.length}`;
  // Promotion and freshness are automated; a threshold above 1 would need several machines for each signature.
  if ((name === "promote" || name === "freshness") && threshold !== 1) return "threshold must be 1";
  return undefined;
}

function revokedFault(trust: Trust): string | undefined {
  const keys = trust.revoked.map((each) => each.key);
  return new Set(keys).size === keys.length ? undefined : "signed.revoked must name each key once";
}
