export { isSignedTime } from "./grammar/atoms.ts";
export { type AgentConfig, type AgentProbe, type AgentTarget, readAgentConfig, writeAgentConfig } from "./agent-config.ts";
export { AGENT_STATES, type AgentState, type HealthWord } from "./agent-words.ts";
export { type DigestLine, digestLine } from "./digest-line.ts";
export { type FleetCommit, fleetCommitMessage, readFleetCommitMessage } from "./fleet-commit.ts";
export { type FleetDocument, fleetDocument, readFleetDocument } from "./fleet-document.ts";
export { type Freshness, type FreshnessNote, readFreshnessNote, writeFreshnessNote } from "./freshness-note.ts";
export { type InventoryLine, inventoryLine } from "./inventory-line.ts";
export { type Journal, type JournalSlot, type OwnedObject, readJournal, type RefusedCommit, writeJournal } from "./journal.ts";
export { manifestFileName, manifestPath } from "./manifest-file.ts";
export { readPlan, writePlan } from "./plan/plan.ts";
export type { Plan, PlanProbe, PlanStep, PlanUnit, PlanWindow } from "./plan/plan-schema.ts";
export {
  readReleaseTag,
  type ReleaseSites,
  type ReleaseTag,
  releaseTagPayload,
  signedReleaseTag,
  type SignedReleaseTag,
} from "./release-tag.ts";
export { type FailedTree, readReport, type Report, type ReportedRelease, type SiteReport, writeReport } from "./report.ts";
export { type Heads, readHeads, writeHeads } from "./heads.ts";
export { shardOf, type ShardCount } from "./shard.ts";
export {
  GATHERED_MAX,
  gatherCommit,
  readShardCommit,
  type ShardCommit,
  shardCommitPayload,
  type SignedShardCommit,
} from "./shard-commit.ts";
export { readDigestFile, readInventoryFile } from "./shard-file.ts";
export { readSiteCommit, type SignedSiteCommit, signedSiteCommit, type SiteCommit, siteCommitPayload } from "./site-commit.ts";
export { type TreePath, treePathsFault, tryParseTreePath, caseClashFault } from "./tree-path.ts";
export { readTrustDocument, writeTrustDocument } from "./trust-document.ts";
export { releaseSignaturePath, releaseTagPath, trustDocumentPath, type TrustPath, tryParseTrustPath } from "./trust-path.ts";
