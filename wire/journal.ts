import { type Read, type Reason, sha256Hex } from "../core/index.ts";
import * as z from "zod/mini";
import { AGENT_STATES, type AgentState, HEALTH_WORDS, type HealthWord } from "./agent-words.ts";
import { type JsonFormat, readJsonDocument, writeJsonDocument } from "./grammar/json-document.ts";
import {
  count,
  dnsLabel,
  fields,
  gitId,
  list,
  map,
  objectId,
  reason,
  release,
  seconds,
  sentence,
  seq,
  sha256,
  text,
  treeDigest,
  whole,
  word,
} from "./grammar/json-fields.ts";
import { type FailedTree, failedTrees } from "./report.ts";

/** The state that an agent needs after a power cut. Two files hold a journal each; the intact one with the higher `record` counts. */
export interface Journal {
  readonly format: "skerry.journal/1";
  readonly record: number;
  readonly state: AgentState;
  readonly current: JournalSlot | null;
  /** Verified and staged, not yet committed. */
  readonly candidate: JournalSlot | null;
  readonly previous: JournalSlot | null;
  /** How often APPLY or TRIAL of the candidate was started since it was staged, or since the last fallback from it. */
  readonly starts: number;
  /** The kernel's boot id at the time of writing; while `starts` is above 0, the boot id of the first start. */
  readonly boot: string;
  /** How often the site fell back from the candidate without a verdict on it; absent for 0. */
  readonly interruptions?: number;
  /** The candidate was started while the site was DEGRADED; absent for false. */
  readonly isCure?: true;
  /** Unit -> the highest data version above 1 that ever reached APPLY; absent while there is none. Never falls. */
  readonly data?: Readonly<Record<string, number>>;
  readonly failed: readonly FailedTree[];
  readonly refused: RefusedCommit | null;
  readonly owned: readonly OwnedObject[];
  /** Object id -> health before the candidate was applied. */
  readonly baseline: Readonly<Record<string, HealthWord>>;
  /** Seconds since 1970. */
  readonly retryAt: number | null;
  readonly paused: { readonly until: number; readonly why: string } | null;
  /** The highest seq that passed every check. Never falls. */
  readonly seen: { readonly seq: number; readonly commit: string; readonly tree: string } | null;
  /** The newest accepted trust version, and the SHA-256 of its document's bytes. Never falls. */
  readonly trust: { readonly version: number; readonly sha256: string };
  /** The newest time that a verified document carries, in seconds since 1970. */
  readonly signedTime: number;
  /** Total time for which the clock was unsure, over all restarts. */
  readonly unsureSeconds: number;
  /** Counter of the last report. Never falls. */
  readonly counter: number;
}

export interface JournalSlot {
  readonly slot: "a" | "b";
  readonly release: number;
  readonly seq: number;
  /** `sha256:<64 hex>`. */
  readonly tree: string;
}

/** A refused commit is checked again only when the commit or the tip of `trust` changes. */
export interface RefusedCommit {
  readonly commit: string;
  /** Tip of branch `trust` at the time of the check; null when there was none. */
  readonly trust: string | null;
  readonly reason: Reason;
}

export interface OwnedObject {
  readonly id: string;
  /** The UID from the API; empty for a target without UIDs. */
  readonly uid: string;
  readonly unit: string;
  /** The seq that created it. */
  readonly seq: number;
}

const slot = fields({ slot: word(["a", "b"]), release, seq, tree: treeDigest });
const uuid = text("a UUID in lower case", (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value));

const schema = fields({
  format: word(["skerry.journal/1"]),
  record: count,
  state: word(AGENT_STATES),
  current: z.nullable(slot),
  candidate: z.nullable(slot),
  previous: z.nullable(slot),
  starts: count,
  boot: uuid,
  interruptions: z.exactOptional(whole(1, Number.MAX_SAFE_INTEGER)),
  isCure: z.exactOptional(z.literal(true)),
  data: z.exactOptional(map(dnsLabel, whole(2, 2 ** 31))),
  failed: failedTrees,
  refused: z.nullable(fields({ commit: gitId, trust: z.nullable(gitId), reason })),
  owned: list(
    fields({ id: objectId, uid: text("at most 100 printable characters", (value) => /^[!-~]{0,100}$/.test(value)), unit: dnsLabel, seq }),
    0,
    100_000,
  ),
  baseline: map(objectId, word(HEALTH_WORDS)),
  retryAt: z.nullable(seconds),
  paused: z.nullable(fields({ until: seconds, why: sentence })),
  seen: z.nullable(fields({ seq, commit: gitId, tree: treeDigest })),
  trust: fields({ version: whole(1, Number.MAX_SAFE_INTEGER), sha256 }),
  signedTime: seconds,
  unsureSeconds: count,
  counter: count,
});

const format: JsonFormat<Journal> = {
  name: "journal",
  format: "skerry.journal/1",
  unknownFormat: "agent-too-old: ",
  bytesMax: 32_000_000,
  schema,
};

const DIGEST_LINE_BYTES = 65;

/** The content of a journal file: the record's line, then the SHA-256 of that line including its line end. */
export function writeJournal(journal: Journal): string {
  const record = writeJsonDocument(format, journal);
  return `${record}${sha256Hex(record)}\n`;
}

/** Checks the digest before it parses the record, so that a torn or damaged file is never parsed. */
export function readJournal(bytes: Uint8Array): Read<Journal> {
  const record = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_LINE_BYTES));
  const digest = Buffer.from(bytes.subarray(record.length)).toString("latin1");
  if (digest !== `${sha256Hex(record)}\n`) return { fault: "is torn or damaged: its last line is not the SHA-256 of its first" };
  return readJsonDocument(format, record);
}
