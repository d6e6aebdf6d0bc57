export type { CommitProof } from "./proof.ts";
export {
  readReleaseTag,
  type ReleaseSites,
  type ReleaseTag,
  releaseTagPayload,
  signedReleaseTag,
  type SignedReleaseTag,
} from "./release-tag.ts";
export { readSiteCommit, type SignedSiteCommit, signedSiteCommit, type SiteCommit, siteCommitPayload } from "./site-commit.ts";
