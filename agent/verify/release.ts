import { reasonOf, type Trust } from "../../core/index.ts";
import { judgeReleaseTag, siteLeaf, verifyInclusion } from "../../trust/index.ts";
import { readReleaseTag, type SignedReleaseTag, type SiteCommit } from "../../wire/index.ts";
import type { ReleaseProof } from "./verified-release.ts";
import { refuse, type Verdict } from "./verdict.ts";

/**
 * Second part of A5: the proof that this tree belongs to the release, then the release itself. With only a promote key an attacker can choose
 * among released trees, but not create one.
 */
export function judgeRelease(commit: SiteCommit, proof: ReleaseProof | undefined, trust: Trust): Verdict<SignedReleaseTag> {
  if (proof === undefined) return refuse("release-not-yet-known", `branch trust has no tag of release ${commit.release}`);
  const read = readReleaseTag(proof.tag);
  if ("fault" in read) return refuse(reasonOf(read.fault, "bad-tag"), `the tag of release ${commit.release} ${read.fault}`);
  const tag = read.value;
  if (tag.release !== commit.release || tag.fleet !== commit.fleet) {
    return refuse("wrong-release", `the tag is of release ${tag.release} of fleet "${tag.fleet}", not of release ${commit.release}`);
  }
  const leaf = siteLeaf(commit.site, Buffer.from(commit.treeDigest.slice("sha256:".length), "hex"));
  if (!verifyInclusion(Buffer.from(tag.sites.root, "hex"), tag.sites.count, leaf, commit.proof)) {
    return refuse("bad-proof", `the proof does not lead from this tree to the root of release ${tag.release}`);
  }
  const beside = Array.from(proof.signatures.values(), (bytes) => bytes.toString("latin1"));
  const signed = judgeReleaseTag(trust, tag.payload, tag.signature === null ? beside : [tag.signature, ...beside]);
  if ("refusal" in signed) return signed;
  if (trust.minRelease !== undefined && tag.release < trust.minRelease) {
    return refuse(
      "release-too-old",
      `release ${tag.release} is below ${trust.minRelease}, the lowest that trust version ${trust.version} allows`,
    );
  }
  return { value: tag };
}

const YEAR_SECONDS = 31_622_400;

/**
 * The signed time of a commit. The promoter's clock may be wrong, or its key stolen, and a site whose clock is behind a signed time keeps its
 * windows closed. Therefore the commit counts for at most a year after the time that the release key signed.
 */
export function signedTimeOf(commit: Pick<SiteCommit, "seconds">, tag: Pick<SignedReleaseTag, "seconds">): number {
  return Math.min(commit.seconds, tag.seconds + YEAR_SECONDS);
}
