import { amount, type Clock, type Outcome, type Problem, some } from "../../core/index.ts";
import type { LostRef, ObjectWriter, RefUpdate } from "../../git/index.ts";
import type { SigningKey } from "../../trust/index.ts";
import { type FleetSnapshot, keyProblems, readSiteHeads, type Release, type SiteHeads, siteRef } from "../../releases/index.ts";
import { planPromotion, type PromotionOrder, type PromotionPlan, selectionProblems, seqProblems } from "./promotion-plan.ts";
import { shardsOf, writeShardCommits } from "./shard-commits.ts";
import { type SiteMove, writeSiteCommits } from "./site-commits.ts";
import type { SigningPool } from "./signing-pool.ts";

export interface PromotionRequest extends PromotionOrder {
  readonly key: SigningKey;
  /** Whether each promoted site's own branch moves besides: for people, other appliers, and agents that do not know of shards. @default "all" */
  readonly siteBranches?: "all" | "none";
}

/** What a promotion did, or in a dry run would do. Every selected site stands in exactly one list, but `lost` ones in none of the others. */
export interface PromotionResult extends Omit<PromotionPlan, "orders"> {
  readonly release: number;
  /** Branch `trust`, when the release's tag was not on it. The sites' refs are in `moved`. */
  readonly refs: readonly MovedRef[];
  readonly moved: readonly MovedSite[];
  /** Refs that somebody else moved at the same time; theirs stands. */
  readonly lost: readonly LostRef[];
  /** Set when nothing was written and no ref was moved. */
  readonly dryRun?: true;
}

/** A ref by its full name, and what it held before; null: it was not there. */
export type MovedRef = Pick<RefUpdate, "name" | "old" | "new">;

export interface MovedSite {
  readonly site: string;
  readonly seq: number;
  /** null in a dry run: a site commit holds the moment at which it is made. */
  readonly commit: string | null;
  /** The release that the ref named before; null for a first commit. */
  readonly from: number | null;
}

export interface PreparedPromotion {
  readonly plan: PromotionPlan;
  readonly release: Release;
  /** One a planned site, in the order of the plan. */
  readonly moves: readonly SiteMove[];
  /** The shards, to be moved in one step. */
  readonly shards: readonly RefUpdate[];
  readonly siteBranches: "all" | "none";
}

/** The heads that a promotion has to know. */
export function headsFor({ repository, heads, fleet }: FleetSnapshot, order: PromotionOrder): Promise<SiteHeads> {
  return readSiteHeads(repository, heads, fleet, order.sites === "all" ? heads.keys() : new Set(order.sites));
}

/** What site commits are written with. */
export interface SigningContext {
  readonly writer: ObjectWriter;
  readonly pool: SigningPool;
  readonly clock: Clock;
}

/** Decides what each site gets, and says all that stands against it. Writes nothing. */
export function decidePromotion(
  snapshot: FleetSnapshot,
  release: Release,
  request: PromotionRequest,
  { heads, problems }: SiteHeads,
): Outcome<PromotionPlan> {
  const plan = planPromotion(release, request, heads);
  const all = [
    ...keyProblems(snapshot.chain.trust, "promote", request.key),
    ...problems,
    ...selectionProblems(release, request, heads),
    ...seqProblems(plan),
  ];
  return all.length > 0 ? { problems: all } : { value: plan };
}

/** Writes the site commits, and a commit of each shard that has one of them. No ref is moved. */
export async function preparePromotion(
  snapshot: FleetSnapshot,
  { writer, pool, clock }: SigningContext,
  release: Release,
  plan: PromotionPlan,
  { urgent = false, siteBranches = "all" }: Pick<PromotionRequest, "urgent" | "siteBranches">,
): Promise<PreparedPromotion> {
  const moves = await writeSiteCommits(writer, plan.orders, { release, pool, clock, urgent });
  const signing = { writer, pool, fleet: snapshot.fleet };
  return { plan, release, moves, siteBranches, shards: await writeShardCommits(signing, shardsOf(snapshot, release.sites.count), moves) };
}

/** What a promotion by this plan does when nobody else moves a ref meanwhile. */
export function foreseenPromotion({ orders, ...lists }: PromotionPlan, release: Release, refs: readonly RefUpdate[]): PromotionResult {
  const moved = orders.map(({ site, seq, head }) => ({ site, seq, commit: null, from: head?.release ?? null }));
  return { release: release.number, refs: refs.map(movedRef), moved, ...lists, lost: [] };
}

/** The part of a ref update that a result names. */
export function movedRef({ name, old, new: id }: RefUpdate): MovedRef {
  return { name, old, new: id };
}

/**
 * Moves the shards, after the pack is durable and branch `trust` has the release's tag, then the sites' own branches. undefined when another
 * run moved one of the shards: then nothing was moved, and heads and commits have to be made anew. `before`: refs that were moved first.
 */
export async function movePromotion(
  { repository, state }: FleetSnapshot,
  { plan, moves, shards, siteBranches, release }: PreparedPromotion,
  before: readonly RefUpdate[],
): Promise<Outcome<PromotionResult> | undefined> {
  if ((await repository.moveRefs(shards)).length > 0) return undefined;
  const lost = siteBranches === "none" ? [] : await repository.moveRefs(moves.map((move) => branchUpdate(move, state.refs)));
  const { orders, ...lists } = plan;
  const moved = orders.map(({ site, seq, head }, index) => {
    return { site, seq, commit: (moves[index] as SiteMove).commit, from: head?.release ?? null };
  });
  return { value: { release: release.number, refs: before.map(movedRef), moved, ...lists, lost }, problems: lostProblems(lost) };
}

function branchUpdate({ site, commit }: SiteMove, refs: FleetSnapshot["state"]["refs"]): RefUpdate {
  const name = siteRef(site);
  return { name, old: refs.get(name) ?? null, new: commit };
}

function lostProblems(lost: readonly LostRef[]): readonly Problem[] {
  if (lost.length === 0) return [];
  return [
    {
      code: "refs-moved",
      severity: "error",
      message: `another run moved the branches of ${amount(lost.length, "site")} at the same time: ${some(lost.map(({ name }) => name))}`,
      at: lost.slice(0, 10).map(({ name }) => ({ path: name })),
      because: "the sites were promoted, because agents read the shards; the branches of sites, which are for people, were not moved",
      next: "check what moves them besides skerry; the next promotion moves them again",
    },
  ];
}
