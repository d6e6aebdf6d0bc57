import type { Read } from "../core/index.ts";
import { type Atom, fleetId, gitId, requireAtom, time, wholeNumber } from "./grammar/atoms.ts";
import { AUTHOR, SignedLines, ZONE } from "./grammar/signed-lines.ts";

/** One step of a shard's branch: its tree holds the file `heads` and nothing else. */
export interface ShardCommit {
  readonly tree: string;
  /** The step before; null in the first. */
  readonly parent: string | null;
  /** Keeps the site commits of this step reachable. */
  readonly gather: string;
  /** The promoter's clock, in seconds since 1970. */
  readonly seconds: number;
  readonly fleet: string;
  readonly shard: string;
  /** Lines of `heads`. */
  readonly sites: number;
  /** How many of them this step moved. */
  readonly moved: number;
}

export interface SignedShardCommit extends ShardCommit {
  /** Armored, without a final line end. */
  readonly signature: string;
  /** The signed bytes: the commit without its gpgsig header. */
  readonly payload: Buffer;
}

/** Site commits that a gather commit names at most: a reader of commits has limits too. */
export const GATHERED_MAX = 500;

const number = wholeNumber(1);
const shardName: Atom<string> = { description: "two hex digits", tryRead: (text) => (/^[0-9a-f]{2}$/.test(text) ? text : undefined) };

/** The commit without a signature: the bytes to sign with namespace `git`. */
export function shardCommitPayload(commit: ShardCommit): Buffer {
  const { tree, parent, gather, seconds, fleet, shard, sites, moved } = commit;
  requireAtom(gitId, tree, "shard commit: tree");
  if (parent !== null) requireAtom(gitId, parent, "shard commit: parent");
  requireAtom(gitId, gather, "shard commit: gather");
  requireAtom(time, seconds, "shard commit: seconds");
  requireAtom(fleetId, fleet, "shard commit: fleet");
  requireAtom(shardName, shard, "shard commit: shard");
  requireAtom(number, sites, "shard commit: sites");
  requireAtom(number, moved, "shard commit: moved");
  return Buffer.from(
    `tree ${tree}
${parent === null ? "" : `parent ${parent}\n`}parent ${gather}
author ${AUTHOR}${seconds}${ZONE}
committer ${AUTHOR}${seconds}${ZONE}

shard ${shard}: ${sites} sites

Skerry-Fleet: ${fleet}
Skerry-Shard: ${shard}
Skerry-Sites-Moved: ${moved}
`,
    "latin1",
  );
}

/** Reads raw commit bytes: exactly the writer's lines in its order, and one signature. */
export function readShardCommit(bytes: Uint8Array): Read<SignedShardCommit> {
  const lines = new SignedLines(bytes);
  const tree = lines.field("tree ", gitId);
  const first = lines.field("parent ", gitId);
  const second = lines.tryField("parent ", gitId);
  const seconds = lines.field(`author ${AUTHOR}`, time, ZONE);
  lines.exactly(`committer ${AUTHOR}${seconds}${ZONE}`);
  const signatureStart = lines.offset;
  const signature = lines.trySignature("gpgsig ", " ");
  const signatureEnd = lines.offset;
  lines.exactly("");
  const subject = lines.field("shard ", subjectAtom);
  lines.exactly("");
  const fleet = lines.field("Skerry-Fleet: ", fleetId);
  const shard = lines.field("Skerry-Shard: ", shardName);
  const moved = lines.field("Skerry-Sites-Moved: ", number);
  lines.end();
  if (lines.fault !== undefined) return { fault: lines.fault };
  if (subject.shard !== shard) return { fault: "the subject must name the shard of the trailers" };
  if (moved > subject.sites) return { fault: "no more sites can have moved than the shard has" };
  if (signature === undefined) return { fault: "unsigned: there is no gpgsig header" };
  const [parent, gather] = second === undefined ? [null, first] : [first, second];
  const payload = Buffer.concat([bytes.subarray(0, signatureStart), bytes.subarray(signatureEnd)]);
  return { value: { tree, parent, gather, seconds, fleet, shard, sites: subject.sites, moved, signature, payload } };
}

const subjectAtom: Atom<{ readonly shard: string; readonly sites: number }> = {
  description: '"<2 hex digits>: <n> sites"',
  tryRead: (text) => {
    const [, shard, digits] = /^([0-9a-f]{2}): ([0-9]+) sites$/.exec(text) ?? [];
    const sites = digits === undefined ? undefined : number.tryRead(digits);
    return shard === undefined || sites === undefined ? undefined : { shard, sites };
  },
};

/** A commit of the empty tree whose parents are the site commits of a step, and `rest`, the gather commit of those that found no place. */
export function gatherCommit(emptyTree: string, commits: readonly string[], rest: string | undefined, seconds: number): Buffer {
  const parents = [...commits, ...(rest === undefined ? [] : [rest])].map((id) => `parent ${id}\n`).join("");
  return Buffer.from(
    `tree ${emptyTree}\n${parents}author ${AUTHOR}${seconds}${ZONE}\ncommitter ${AUTHOR}${seconds}${ZONE}\n\ngather\n`,
    "latin1",
  );
}
