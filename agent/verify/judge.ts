import { limits, type Trust } from "../../core/index.ts";
import type { RawReader } from "../../git/index.ts";
import type { Journal } from "../../wire/index.ts";
import type { VerifiedRelease } from "./verified-release.ts";
import { refuse, type Verdict } from "./verdict.ts";
import { judgeContents } from "./contents.ts";
import { judgeRelease, signedTimeOf } from "./release.ts";
import { judgeSeq } from "./seq.ts";
import { type Identity, judgeCommit } from "./site-commit.ts";
import { readSiteTree } from "./site-tree.ts";
import { readReleaseProof, readTrustBranch } from "./trust-branch.ts";

/** What a commit must match. */
export interface Expectations extends Identity {
  readonly trust: Trust;
  readonly seen: Journal["seen"];
  readonly seqFloor: number;
  readonly agentVersion: string;
}

/**
 * Rule A5, in its order; the first failure is the reason. Cheap checks of signed data come first, so that untrusted bytes cost little; nothing
 * is expanded before its size is checked. Throws `CacheDamaged` when the cache lacks an object.
 */
export async function judgeTip(
  reader: RawReader,
  tips: { readonly site: string; readonly trust: string },
  expected: Expectations,
): Promise<Verdict<VerifiedRelease>> {
  const id = tips.site;
  const [facts] = await reader.inspect([id]);
  if (facts?.kind !== "commit") return refuse("bad-commit", `the site's ref points to a ${facts?.kind}`);
  if (facts.size > limits.signedObjectBytes)
    return refuse("bad-commit", `the commit has ${facts.size} bytes, at most ${limits.signedObjectBytes}`);
  const bytes = (await reader.read([id]))[0] as Buffer;
  const commit = judgeCommit(bytes, expected, expected.trust);
  if ("refusal" in commit) return commit;
  const branch = await readTrustBranch(reader, tips.trust);
  if ("refusal" in branch) return branch;
  const proof = await readReleaseProof(reader, branch.value, commit.value.release);
  if ("refusal" in proof) return proof;
  const release = judgeRelease(commit.value, proof.value, expected.trust);
  if ("refusal" in release) return release;
  const seq = judgeSeq({ id, seq: commit.value.seq }, expected.seen, expected.seqFloor);
  if (seq !== undefined) return seq;
  const files = await readSiteTree(reader, commit.value.tree);
  if ("refusal" in files) return files;
  const plan = judgeContents(commit.value, files.value, expected.agentVersion);
  if ("refusal" in plan) return plan;
  // `judgeRelease` refuses a missing proof.
  return {
    value: {
      id,
      bytes,
      commit: commit.value,
      release: proof.value as NonNullable<typeof proof.value>,
      files: files.value,
      plan: plan.value,
      signedTime: signedTimeOf(commit.value, release.value),
    },
  };
}
