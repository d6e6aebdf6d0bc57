import { amount, limits, nearestName, type Problem, some } from "../../core/index.ts";
import type { Release, SiteHead } from "../../releases/index.ts";

/** Which sites get a release, and how. */
export interface PromotionOrder {
  readonly sites: "all" | readonly string[];
  /** Issues the tree again, with a higher seq, to sites that hold it: a retry, or new signatures. */
  readonly again?: boolean;
  /** The next seq is above this one. */
  readonly seqFloor?: number;
  /** The site's window is not waited for. */
  readonly urgent?: boolean;
  /** The one way down: only sites that hold a higher release get this one. */
  readonly isRollback?: boolean;
}

/** One site commit to be made. */
export interface SiteOrder {
  readonly site: string;
  /** Of the site in the release's list. */
  readonly index: number;
  readonly seq: number;
  readonly head: SiteHead | undefined;
}

/** Every selected site stands in exactly one list. */
export interface PromotionPlan {
  readonly orders: readonly SiteOrder[];
  /** The ref holds this tree. */
  readonly unchanged: readonly string[];
  /** The ref names a higher release, and a promote never lowers. */
  readonly alreadyNewer: readonly { readonly site: string; readonly release: number }[];
  /** Rollback alone: the ref names a lower release. */
  readonly alreadyOlder: readonly { readonly site: string; readonly release: number }[];
  readonly notInRelease: readonly string[];
  /** Rollback alone: the site has no ref yet. */
  readonly neverPromoted: readonly string[];
}

/** Decides for each site. `heads` must hold those of all selected sites that have a ref. */
export function planPromotion(release: Release, order: PromotionOrder, heads: ReadonlyMap<string, SiteHead>): PromotionPlan {
  const selected = order.sites === "all" ? [...new Set([...release.sites.ids, ...heads.keys()])].sort() : [...new Set(order.sites)].sort();
  const plan = {
    orders: [] as SiteOrder[],
    unchanged: [] as string[],
    alreadyNewer: [] as { site: string; release: number }[],
    alreadyOlder: [] as { site: string; release: number }[],
    notInRelease: [] as string[],
    neverPromoted: [] as string[],
  };
  for (const site of selected) {
    const index = release.sites.indexOf(site);
    const head = heads.get(site);
    if (index === undefined) plan.notInRelease.push(site);
    else if (head === undefined && order.isRollback) plan.neverPromoted.push(site);
    else if (head && order.isRollback && head.release < release.number) plan.alreadyOlder.push({ site, release: head.release });
    else if (head && !order.isRollback && head.release > release.number) plan.alreadyNewer.push({ site, release: head.release });
    else if (head && !order.again && head.treeDigest === release.sites.digest(index)) plan.unchanged.push(site);
    else plan.orders.push({ site, index, seq: Math.max(head?.seq ?? 0, order.seqFloor ?? 0) + 1, head });
  }
  return plan;
}

/** Sites that were named and are nowhere: neither in the release nor in a ref. */
export function selectionProblems(release: Release, order: PromotionOrder, heads: ReadonlyMap<string, SiteHead>): readonly Problem[] {
  if (order.sites === "all") return [];
  const unknown = order.sites.filter((site) => release.sites.indexOf(site) === undefined && !heads.has(site));
  return unknown.map((site) => {
    const near = nearestName(site, release.sites.ids);
    const next = near === undefined ? "List the sites: skerry sites" : `Did you mean "${near}"?`;
    return { code: "unknown-site", severity: "error", message: `there is no site "${site}"`, at: [], next };
  });
}

/** A jump that agents would take for the work of a thief. */
export function seqProblems(plan: PromotionPlan): readonly Problem[] {
  const jumps = plan.orders.filter(({ head, seq }) => head !== undefined && seq - head.seq > limits.seqJump);
  const [first] = jumps;
  if (!first) return [];
  return [
    {
      code: "seq-jump",
      severity: "error",
      message: `the seq would rise by more than ${limits.seqJump} at ${amount(jumps.length, "site")}: ${some(jumps.map(({ site }) => site))}`,
      at: [],
      because: `"${first.site}" is at ${first.head?.seq} and would go to ${first.seq}; agents refuse such a step`,
      next: "give a lower --seq-floor, or raise the seq in several steps",
    },
  ];
}
