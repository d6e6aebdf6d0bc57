import { type InclusionProof, limits, type Read } from "../core/index.ts";
import { type Atom, fleetId, gitId, requireAtom, siteId, time, treeDigest, wholeNumber } from "./grammar/atoms.ts";
import { proofAtom, proofText } from "./proof.ts";
import { AUTHOR, SignedLines, ZONE } from "./grammar/signed-lines.ts";

/** A site commit: the tree that the site has to run, its seq and its release. */
export interface SiteCommit {
  /** SHA-1 id of the site tree in this repository: 40 hex digits. */
  readonly tree: string;
  /** The previous site commit; null in the first. */
  readonly parent: string | null;
  /** The promoter's clock, in seconds since 1970. */
  readonly seconds: number;
  readonly fleet: string;
  readonly site: string;
  readonly seq: number;
  readonly release: number;
  /** `sha256:<64 hex>`: the id that the tree has in a SHA-256 repository. */
  readonly treeDigest: string;
  /** From this site's leaf to the root that the release tag signs. */
  readonly proof: InclusionProof;
  readonly urgent: boolean;
  readonly retired: null | "keep" | "erase";
}

export interface SignedSiteCommit extends SiteCommit {
  /** Armored, without a final line end. */
  readonly signature: string;
  /** The signed bytes: the commit without its gpgsig header. */
  readonly payload: Buffer;
}

const number = wholeNumber(1);
const yes: Atom<string> = { description: '"yes"', tryRead: (text) => (text === "yes" ? text : undefined) };
const retirement: Atom<"keep" | "erase"> = {
  description: '"keep" or "erase"',
  tryRead: (text) => (text === "keep" || text === "erase" ? text : undefined),
};

/** The commit without a signature: the bytes to sign with namespace `git`. */
export function siteCommitPayload(commit: SiteCommit): Buffer {
  requireFields(commit);
  const { tree, parent, seconds, fleet, site, seq, release, treeDigest: digest, proof, urgent, retired } = commit;
  return Buffer.from(
    `tree ${tree}
${parent === null ? "" : `parent ${parent}\n`}author ${AUTHOR}${seconds}${ZONE}
committer ${AUTHOR}${seconds}${ZONE}

${site}: release ${release}

Skerry-Fleet: ${fleet}
Skerry-Site: ${site}
Skerry-Seq: ${seq}
Skerry-Release: ${release}
Skerry-Tree: ${digest}
Skerry-Proof: ${proofText(proof)}
${urgent ? "Skerry-Urgent: yes\n" : ""}${retired === null ? "" : `Skerry-Retired: ${retired}\n`}`,
    "latin1",
  );
}

function requireFields(commit: SiteCommit): void {
  requireAtom(gitId, commit.tree, "site commit: tree");
  if (commit.parent !== null) requireAtom(gitId, commit.parent, "site commit: parent");
  requireAtom(time, commit.seconds, "site commit: seconds");
  requireAtom(fleetId, commit.fleet, "site commit: fleet");
  requireAtom(siteId, commit.site, "site commit: site");
  requireAtom(number, commit.seq, "site commit: seq");
  requireAtom(number, commit.release, "site commit: release");
  requireAtom(treeDigest, commit.treeDigest, "site commit: treeDigest");
  requireAtom(wholeNumber(0), commit.proof.index, "site commit: proof.index");
  if (commit.proof.hashes.some((hash) => hash.length !== 32)) throw new RangeError("site commit: proof.hashes must have 32 bytes each");
  if (commit.retired !== null) requireAtom(retirement, commit.retired, "site commit: retired");
}

/** The commit object as git stores it. Each continuation line of a header begins with one space. */
export function signedSiteCommit(payload: Uint8Array, armoredSignature: string): Buffer {
  const header = `gpgsig ${armoredSignature.replace(/\n$/, "").replaceAll("\n", "\n ")}\n`;
  const bytes = Buffer.allocUnsafe(payload.length + header.length);
  bytes.set(payload);
  const body = bytes.subarray(0, payload.length).indexOf("\n\n") + 1;
  bytes.copyWithin(body + header.length, body, payload.length);
  bytes.write(header, body, "latin1");
  if (bytes.length > limits.signedObjectBytes) throw new RangeError(`site commit: ${bytes.length} bytes, over ${limits.signedObjectBytes}`);
  return bytes;
}

/** Reads raw commit bytes: exactly the writer's lines in its order, and one signature. */
export function readSiteCommit(bytes: Uint8Array): Read<SignedSiteCommit> {
  const lines = new SignedLines(bytes);
  const tree = lines.field("tree ", gitId);
  const parent = lines.tryField("parent ", gitId) ?? null;
  const seconds = lines.field(`author ${AUTHOR}`, time, ZONE);
  lines.exactly(`committer ${AUTHOR}${seconds}${ZONE}`);
  const signatureStart = lines.offset;
  const signature = lines.trySignature("gpgsig ", " ");
  const signatureEnd = lines.offset;
  lines.exactly("");
  const subject = lines.field("", subjectAtom);
  lines.exactly("");
  const fleet = lines.field("Skerry-Fleet: ", fleetId);
  const site = lines.field("Skerry-Site: ", siteId);
  const seq = lines.field("Skerry-Seq: ", number);
  const release = lines.field("Skerry-Release: ", number);
  const digest = lines.field("Skerry-Tree: ", treeDigest);
  const proof = lines.field("Skerry-Proof: ", proofAtom);
  const urgent = lines.tryField("Skerry-Urgent: ", yes) !== undefined;
  const retired = lines.tryField("Skerry-Retired: ", retirement) ?? null;
  lines.end();
  if (lines.fault !== undefined) return { fault: lines.fault };
  if (subject !== `${site}: release ${release}`) return { fault: "the subject must name the site and release of the trailers" };
  if (signature === undefined) return { fault: "unsigned: there is no gpgsig header" };
  const payload = Buffer.concat([bytes.subarray(0, signatureStart), bytes.subarray(signatureEnd)]);
  return {
    value: { tree, parent, seconds, fleet, site, seq, release, treeDigest: digest, proof, urgent, retired, signature, payload },
  };
}

const subjectAtom: Atom<string> = {
  description: '"<site>: release <n>"',
  tryRead: (text) => (/^[a-z0-9-]+: release [0-9]+$/.test(text) ? text : undefined),
};
