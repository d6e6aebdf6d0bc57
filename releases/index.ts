export {
  FLEET_BRANCH,
  type FleetPlace,
  type FleetTip,
  openFleetRepository,
  readFleetState,
  releaseTagRef,
  TRUST_BRANCH,
} from "./fleet-repository.ts";
export { listReleases, listSiteHeads, readReleasedInventory, type ReleaseEntry, type ReleaseList } from "./history.ts";
export { keyProblems, walkTrust } from "./office-trust.ts";
export { type PromotedTree, readPromotedTree } from "./promoted-tree.ts";
export { judge, type Release, readRelease } from "./read-release.ts";
export { readSiteHeads, type SiteHead, type SiteHeads, siteRef } from "./site-heads.ts";
export { type Shards, shardRef } from "./shards.ts";
export { SiteList } from "./site-list.ts";
export { type FleetSnapshot, withSnapshot, readSnapshot } from "./snapshot.ts";
export { type MovedBack, movedBack } from "./tree-changes.ts";
