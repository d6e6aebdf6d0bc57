import { type Read, type SignedDocument } from "../core/index.ts";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./grammar/json-document.ts";
import { fields, fleetId, map, release, seconds, seq, siteId, text, word } from "./grammar/json-fields.ts";
import { shardOf } from "./shard.ts";
import { signaturesFault, signedDocument } from "./signed-document.ts";

/** The newest seq of each site in a shard. It shows a site that releases are withheld from it; it never stops local work. */
export interface Freshness {
  readonly format: "skerry.freshness/1";
  readonly fleet: string;
  /** 2 hex digits. */
  readonly shard: string;
  /** Time of writing, in seconds since 1970. */
  readonly at: number;
  readonly release: number;
  /** Site id -> seq of its newest site commit. */
  readonly sites: Readonly<Record<string, number>>;
}

export type FreshnessNote = SignedDocument<Freshness>;

const schema = signedDocument(
  fields({
    format: word(["skerry.freshness/1"]),
    fleet: fleetId,
    shard: text("2 hex digits", (value) => /^[0-9a-f]{2}$/.test(value)),
    at: seconds,
    release,
    sites: map(siteId, seq),
  }),
);

const format: JsonFormat<FreshnessNote> = {
  name: "freshness note",
  format: "skerry.freshness/1",
  bytesMax: 1_000_000,
  schema,
  faultOf: (note) => shardFault(note.signed) ?? signaturesFault(note),
};

/** Reads `note.json`. Does not verify signatures. */
export function readFreshnessNote(bytes: Uint8Array): Read<FreshnessNote> {
  return readJsonDocument(format, bytes);
}

export function writeFreshnessNote(note: FreshnessNote): string {
  return writeJsonDocument(format, note);
}

function shardFault(note: Freshness): string | undefined {
  const misplaced = Object.keys(note.sites).find((site) => shardOf(site) !== note.shard);
  return misplaced === undefined ? undefined : `signed.sites.${misplaced} must be in shard ${shardOf(misplaced)}, not ${note.shard}`;
}
