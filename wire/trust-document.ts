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

// 64 keys are more than any team has; the bound keeps an agent from verifying without end.
const role = fields({ threshold: whole(1, 64), keys: list(fingerprint, 1, 64) });

const schema = signedDocument(
  fields({
    format: word(["skerry.trust/1"]),
    fleet: fleetId,
    version: whole(1, limits.trustVersions),
    // Named by fingerprint so that roles, revocations and signatures can point to a key without repeating it.
    keys: map(fingerprint, publicKeyLine),
    roles: fields({ root: role, release: role, promote: role, freshness: role }),
    revoked: list(fields({ key: fingerprint, reason: sentence }), 0, 1_000),
    // Both are acted upon by agents: the first lets a counter come down again, the second never lets a release.
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

/** Reads `trust/<version>.json`. Keys are not yet compared with their fingerprints and no signature is verified: `trust/` does both. */
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
  if (unknown >= 0) return `keys[${unknown}] must be one of signed.keys, and ${keys[unknown]} is not`;
  if (new Set(keys).size !== keys.length) return "keys must be distinct";
  if (threshold > keys.length) return `threshold must not be above the number of its keys, ${keys.length}`;
  // One machine promotes and one notes that news is new: two of each would have to meet for every site and every day.
  if ((name === "promote" || name === "freshness") && threshold !== 1) return "threshold must be 1";
  return undefined;
}

function revokedFault(trust: Trust): string | undefined {
  const keys = trust.revoked.map((each) => each.key);
  return new Set(keys).size === keys.length ? undefined : "signed.revoked must name each key once";
}
