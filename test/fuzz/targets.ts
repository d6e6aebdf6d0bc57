import { type Read, sha256Hex } from "../../core/index.ts";
import { tryReadTree } from "../../git/index.ts";
import { judgeReleaseTag, judgeSiteCommit, verifySsh } from "../../trust/index.ts";
import {
  readAgentConfig,
  readFreshnessNote,
  readHeads,
  readJournal,
  readPlan,
  readReleaseTag,
  readReport,
  readShardCommit,
  readSiteCommit,
  readTrustDocument,
  releaseTagPayload,
  shardCommitPayload,
  signedReleaseTag,
  signedSiteCommit,
  siteCommitPayload,
  treePathsFault,
  writeAgentConfig,
  writeFreshnessNote,
  writeHeads,
  writeJournal,
  writePlan,
  writeReport,
  writeTrustDocument,
} from "../../wire/index.ts";
import { windowFault } from "../../agent/window.ts";
import { judgeFirstTrust } from "../../agent/verify/trust-walk.ts";
import { vectors } from "../wire/samples.ts";

/** A reader of bytes that a stranger may have written, and what must hold of its answer. */
export interface Target {
  readonly name: string;
  /** Says what is wrong with the reader, and undefined when it did as it should. Throws when the reader does. */
  readonly examine: (bytes: Buffer) => string | undefined;
  /** Makes an input whole again that a change broke at its seal. */
  readonly mend?: (bytes: Buffer) => Buffer;
}

const FAULT_LENGTH_MAX = 1_000;

/** A fault is one short sentence for people, and a value that was read is written again byte by byte. */
function judged<T>(read: Read<T>, write: (value: T) => string | Uint8Array, bytes: Buffer): string | undefined {
  if ("fault" in read) {
    if (read.fault.length > FAULT_LENGTH_MAX) return `the fault has ${read.fault.length} characters`;
    return /[\x00-\x08\x0b-\x1f\x7f]/.test(read.fault) ? "the fault holds control characters" : undefined;
  }
  if (holdsProto(read.value)) return "what was read has a key __proto__";
  return Buffer.from(write(read.value)).equals(bytes) ? undefined : "what was read is written otherwise";
}

/** Whoever copies such an object changes the copy's prototype. */
function holdsProto(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(holdsProto);
}

function document<T>(name: string, read: (bytes: Buffer) => Read<T>, write: (value: T) => string): Target {
  return { name, examine: (bytes) => judged(read(bytes), write, bytes) };
}

const trust = readTrustDocument(Buffer.from(vectors.trust.document));
if ("fault" in trust) throw new Error(trust.fault);
const own = trust.value.signed;

/** Whatever a signature's bytes are, looking at them ends with a word; and only the right bytes pass. */
function siteCommit(bytes: Buffer): string | undefined {
  const read = readSiteCommit(bytes);
  const wrong = judged(read, (commit) => signedSiteCommit(siteCommitPayload(commit), commit.signature), bytes);
  if (wrong !== undefined || "fault" in read) return wrong;
  const passed = !("refusal" in judgeSiteCommit(own, read.value.payload, read.value.signature));
  const isGenuine = (vectors.sites as { raw: string }[]).some((site) => site.raw === bytes.toString("latin1"));
  return passed === isGenuine ? undefined : `the signature ${passed ? "passes" : "is refused"}`;
}

function releaseTag(bytes: Buffer): string | undefined {
  const read = readReleaseTag(bytes);
  const write = (tag: Extract<typeof read, { value: unknown }>["value"]): Buffer =>
    tag.signature === null ? releaseTagPayload(tag) : signedReleaseTag(releaseTagPayload(tag), tag.signature);
  const wrong = judged(read, write, bytes);
  if (wrong !== undefined || "fault" in read) return wrong;
  const passed = !("refusal" in judgeReleaseTag(own, read.value.payload, read.value.signature === null ? [] : [read.value.signature]));
  return passed === (bytes.toString("latin1") === vectors.tag.raw) ? undefined : `the signature ${passed ? "passes" : "is refused"}`;
}

function shardCommit(bytes: Buffer): string | undefined {
  const read = readShardCommit(bytes);
  const wrong = judged(read, (commit) => signedSiteCommit(shardCommitPayload(commit), commit.signature), bytes);
  if (wrong !== undefined || "fault" in read) return wrong;
  const passed = "fingerprint" in verifySsh(read.value.signature, "git", read.value.payload);
  const isGenuine = (vectors.shards as { raw: string }[]).some((shard) => shard.raw === bytes.toString("latin1"));
  return passed === isGenuine ? undefined : `the signature ${passed ? "passes" : "is refused"}`;
}

function rawTree(body: Buffer): string | undefined {
  const entries = tryReadTree(body);
  if (entries === undefined) return undefined;
  if (entries.some(({ id }) => id.length !== 20)) return "an entry has half an id";
  const again = Buffer.concat(entries.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`, "latin1"), id]));
  return again.equals(body) ? undefined : "what was read is written otherwise";
}

/** A plan that is read is also looked at as VERIFY does: its window and its paths. */
function plan(bytes: Buffer): string | undefined {
  const read = readPlan(bytes);
  const wrong = judged(read, writePlan, bytes);
  if (wrong !== undefined || "fault" in read) return wrong;
  if (read.value.agent.window !== null) windowFault(read.value.agent.window);
  treePathsFault(read.value, ["plan.json"]);
  return undefined;
}

function trustDocument(bytes: Buffer): string | undefined {
  const wrong = judged(readTrustDocument(bytes), writeTrustDocument, bytes);
  if (wrong !== undefined) return wrong;
  const passed = "value" in judgeFirstTrust(bytes, own.fleet);
  return passed && bytes.toString("utf8") !== vectors.trust.document ? "a changed trust document passes" : undefined;
}

/** People write agent.json, in any layout: what is read must be writable, and read again the same. */
function agentConfig(bytes: Buffer): string | undefined {
  const read = readAgentConfig(bytes);
  if ("fault" in read) return judged(read, () => "", bytes);
  const written = Buffer.from(writeAgentConfig(read.value));
  const again = readAgentConfig(written);
  return "value" in again && written.equals(Buffer.from(writeAgentConfig(again.value))) ? undefined : "what was read is written otherwise";
}

const DIGEST_LINE_BYTES = 65;

function sealedAgain(bytes: Buffer): Buffer {
  const record = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_LINE_BYTES));
  return Buffer.concat([record, Buffer.from(`${sha256Hex(record)}\n`)]);
}

export const TARGETS: readonly Target[] = [
  { name: "site-commit", examine: siteCommit },
  { name: "release-tag", examine: releaseTag },
  { name: "shard-commit", examine: shardCommit },
  { name: "heads", examine: (bytes) => judged(readHeads(bytes, "00", 1), writeHeads, bytes) },
  { name: "tree", examine: rawTree },
  { name: "plan", examine: plan },
  { ...document("journal", readJournal, writeJournal), mend: sealedAgain },
  { name: "trust", examine: trustDocument },
  { name: "agent-config", examine: agentConfig },
  document("report", readReport, writeReport),
  document("freshness", readFreshnessNote, writeFreshnessNote),
];
