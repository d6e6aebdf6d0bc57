export { promote, type PromoteInput } from "./promote/promote.ts";
export type { MovedSite, PromotionRequest, PromotionResult } from "./promote/promotion.ts";
export type { PromotionOrder } from "./promote/promotion-plan.ts";
export { shardCount } from "./promote/shard-commits.ts";
export { rollback, type RollbackInput, type RollbackResult } from "./promote/rollback.ts";
export { release, type ReleaseResult } from "./release/release.ts";
export type { ReleaseInput } from "./release/release-input.ts";
export { readSource, type SourceRevision } from "./release/source.ts";
export { stageSynth, type StagedSynth, type SynthStaging } from "./release/synth-staging.ts";
