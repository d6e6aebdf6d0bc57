import { amount, type Clock, type Outcome, type Problem, some } from "../../core/index.ts";
import type { LostRef, ObjectWriter, RefUpdate } from "../../git/index.ts";
import type { SigningKey } from "../../trust/index.ts";
import {
  type FleetSnapshot,
  keyProblems,
  readSiteHeads,
  type Release,
  type SiteHeads,
  siteRef,
  sitesWithRef,
} from "../../releases/index.ts";
import { planPromotion, type PromotionOrder, type PromotionPlan, selectionProblems, seqProblems } from "./promotion-plan.ts";
import { writeSiteCommits } from "./site-commits.ts";
import type { SigningPool } from "./signing-pool.ts";

export interface PromotionRequest extends PromotionOrder {
  readonly key: SigningKey;
}

/** What a promotion did. Every selected site stands in exactly one list, but `lost` ones in none of the others. */
export interface PromotionResult extends Omit<PromotionPlan, "orders"> {
  readonly release: number;
  readonly moved: readonly MovedSite[];
  /** Refs that somebody else moved at the same time; theirs stands. */
  readonly lost: readonly LostRef[];
}

export interface MovedSite {
  readonly site: string;
  readonly seq: number;
  readonly commit: string;
  /** The release that the ref named before; null for a first commit. */
  readonly from: number | null;
}

export interface PreparedPromotion {
  readonly plan: PromotionPlan;
  readonly updates: readonly RefUpdate[];
  readonly release: Release;
}

/** The heads that a promotion has to know. */
export function headsFor({ repository, state, fleet }: FleetSnapshot, order: PromotionOrder): Promise<SiteHeads> {
  return readSiteHeads(repository, state.refs, fleet, order.sites === "all" ? sitesWithRef(state.refs) : [...new Set(order.sites)]);
}

/** What site commits are written with. */
export interface SigningContext {
  readonly writer: ObjectWriter;
  readonly pool: SigningPool;
  readonly clock: Clock;
}

/** Plans and writes the site commits. No ref is moved. */
export async function preparePromotion(
  snapshot: FleetSnapshot,
  { writer, pool, clock }: SigningContext,
  release: Release,
  request: PromotionRequest,
  { heads, problems }: SiteHeads,
): Promise<Outcome<PreparedPromotion>> {
  const plan = planPromotion(release, request, heads);
  const all = [
    ...keyProblems(snapshot.chain.trust, "promote", request.key),
    ...problems,
    ...selectionProblems(release, request, heads),
    ...seqProblems(plan),
  ];
  if (all.length > 0) return { problems: all };
  const updates = await writeSiteCommits(writer, plan.orders, { release, pool, clock, urgent: request.urgent ?? false });
  return { value: { plan, updates, release } };
}

/** Moves the refs, after the pack is durable and branch `trust` has the release's tag. */
export async function movePromotion(
  { repository }: FleetSnapshot,
  { plan, updates, release }: PreparedPromotion,
): Promise<Outcome<PromotionResult>> {
  const lost = await repository.moveRefs(updates);
  const { orders, ...lists } = plan;
  const refs = lost.length > 0 ? repository.refs() : undefined;
  const moved = orders.flatMap(({ site, seq, head }, index) => {
    const commit = (updates[index] as RefUpdate).new;
    return refs && refs.get(siteRef(site)) !== commit ? [] : [{ site, seq, commit, from: head?.release ?? null }];
  });
  return { value: { release: release.number, moved, ...lists, lost }, problems: lostProblems(lost, orders.length - moved.length) };
}

function lostProblems(lost: readonly LostRef[], unmoved: number): readonly Problem[] {
  if (lost.length === 0) return [];
  return [
    {
      code: "refs-moved",
      severity: "error",
      message: `somebody else moved the refs of ${amount(lost.length, "site")} meanwhile: ${some(lost.map(({ name }) => name))}`,
      at: lost.slice(0, 10).map(({ name }) => ({ path: name })),
      because: `refs move together or not at all, so ${amount(unmoved, "site was", "sites were")} not promoted; what the other one wrote stands`,
      next: "look at what it wrote, then run this again: it goes on from there",
    },
  ];
}
