import { limits, type Read, type Reason, type SignedDocument } from "../core/index.ts";
import * as z from "zod/mini";
import { AGENT_STATES, type AgentState, HEALTH_WORDS, type HealthWord } from "./agent-words.ts";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./grammar/json-document.ts";
import {
  count,
  dnsLabel,
  fields,
  flag,
  fleetId,
  list,
  map,
  objectId,
  reason,
  release,
  seconds,
  seq,
  siteId,
  treeDigest,
  version,
  word,
} from "./grammar/json-fields.ts";
import { signaturesFault, signedDocument } from "./signed-document.ts";

/** A site's report about itself, signed with the site's own key. The higher `counter` counts. It never holds instructions. */
export interface SiteReport {
  readonly format: "skerry.report/1";
  readonly fleet: string;
  readonly site: string;
  readonly counter: number;
  /** The site's clock, in seconds since 1970. */
  readonly at: number;
  /** Version of the agent. */
  readonly agent: string;
  readonly state: AgentState;
  /** Start of the state, in seconds since 1970. */
  readonly since: number;
  readonly reason: Reason;
  readonly running: ReportedRelease | null;
  /** Verified and waiting for its window. */
  readonly candidate: ReportedRelease | null;
  readonly failed: readonly FailedTree[];
  readonly units: Readonly<Record<string, { readonly health: HealthWord; readonly reason: Reason | "" }>>;
  readonly drift: {
    /** Ids of objects that another writer keeps changing. */
    readonly contested: readonly string[];
    readonly repaired: number;
  };
  /** Since when nothing new could be fetched, in seconds since 1970; null otherwise. */
  readonly stale: number | null;
  readonly clock: { readonly unsure: boolean };
  readonly storage: { readonly freeBytes: number };
}

export interface ReportedRelease {
  readonly release: number;
  readonly seq: number;
  /** `sha256:<64 hex>`. */
  readonly tree: string;
}

/** A tree that is not applied again until a higher seq arrives or a person at the site asks for it. */
export interface FailedTree {
  readonly seq: number;
  readonly tree: string;
  readonly reason: Reason;
}

export type Report = SignedDocument<SiteReport>;

// A report may come from a compromised box: every field is bounded, and words come from fixed lists, so that no field can put text on a screen.
const running = fields({ release, seq, tree: treeDigest });

export const failedTrees = list(fields({ seq, tree: treeDigest, reason }), 0, 16);

const schema = signedDocument(
  fields({
    format: word(["skerry.report/1"]),
    fleet: fleetId,
    site: siteId,
    counter: count,
    at: seconds,
    agent: version,
    state: word(AGENT_STATES),
    since: seconds,
    reason,
    running: z.nullable(running),
    candidate: z.nullable(running),
    failed: failedTrees,
    units: map(
      dnsLabel,
      fields({
        health: word(HEALTH_WORDS),
        reason: z.union([z.literal(""), reason], { error: "empty or one of the documented reason words" }),
      }),
    ),
    drift: fields({ contested: list(objectId, 0, limits.treeEntries), repaired: count }),
    stale: z.nullable(seconds),
    clock: fields({ unsure: flag }),
    storage: fields({ freeBytes: count }),
  }),
);

const format: JsonFormat<Report> = {
  name: "report",
  format: "skerry.report/1",
  bytesMax: limits.reportBytes,
  schema,
  faultOf: signaturesFault,
};

/** Does not verify signatures: the key is the site's own, from the inventory. */
export function readReport(bytes: Uint8Array): Read<Report> {
  return readJsonDocument(format, bytes);
}

export function writeReport(report: Report): string {
  return writeJsonDocument(format, report);
}
