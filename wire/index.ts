export { type DigestLine, digestLine, readDigestLine } from "./digest-line.ts";
export { type FleetCommit, fleetCommitMessage, readFleetCommitMessage } from "./fleet-commit.ts";
export { fleetDocument, readFleetDocument } from "./fleet-document.ts";
export { type InventoryLine, inventoryLine, readInventoryLine } from "./inventory-line.ts";
export { manifestFileName, manifestPath } from "./manifest-file.ts";
export { type Plan, type PlanProbe, type PlanStep, type PlanUnit, type PlanWindow, readPlan, writePlan } from "./plan.ts";
export type { CommitProof } from "./proof.ts";
export {
  readReleaseTag,
  type ReleaseSites,
  type ReleaseTag,
  releaseTagPayload,
  signedReleaseTag,
  type SignedReleaseTag,
} from "./release-tag.ts";
export { shardOf } from "./shard.ts";
export { readSiteCommit, type SignedSiteCommit, signedSiteCommit, type SiteCommit, siteCommitPayload } from "./site-commit.ts";
