export {
  FLEET_BRANCH,
  type FleetPlace,
  openFleetRepository,
  releaseTagRef,
  siteRef,
  TRUST_BRANCH,
} from "./fleet-repository.ts";
export { listReleases, listSiteHeads, readReleasedInventory, type ReleaseEntry, type ReleaseList } from "./history.ts";
export { keyProblems, walkTrust } from "./office-trust.ts";
export { type PromotedTree, readPromotedTree } from "./promoted-tree.ts";
export { judge, type Release, readRelease } from "./read-release.ts";
export { readSiteHeads, type SiteHead, type SiteHeads, sitesWithRef } from "./site-heads.ts";
export { SiteList } from "./site-list.ts";
export { type FleetSnapshot, withSnapshot, readSnapshot } from "./snapshot.ts";
export { type MovedBack, movedBack } from "./tree-changes.ts";
