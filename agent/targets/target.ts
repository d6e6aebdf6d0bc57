import type { Reason } from "../../core/index.ts";
import type { PathAndBytes } from "../../git/index.ts";

/** A tree for a target: its digest names it, and its bytes are read only when they are needed. */
export interface TargetTree {
  /** `sha256:<64 hex>`. */
  readonly tree: string;
  load(): Promise<readonly PathAndBytes[]>;
}

/** What lies at the target beside the tree that it is told to hold. Which objects those are is decided by the core alone. */
export interface RetainedObjects {
  /** Object ids that the tree does not hold and that stay for now. */
  readonly keep: readonly string[];
  /** The tree of the other slot, where their bytes may be; null when there is none, or when it cannot be read. */
  readonly other: TargetTree | null;
}

export interface TargetFault {
  readonly done: false;
  readonly reason: Reason;
  readonly detail: string;
}
export type TargetAnswer = { readonly done: true } | TargetFault;

/** `blocked`: objects of `gone` that are still there, each with why. All others of `gone` are confirmed to be away. */
export type PruneAnswer =
  | { readonly done: true; readonly blocked: readonly { readonly id: string; readonly detail: string }[] }
  | TargetFault;

export interface Reconciled {
  readonly done: true;
  readonly repaired: number;
  /** Absent when nothing differed. */
  readonly changed?: readonly string[];
}

/** Enough to know where to look, and a log line all the same. */
export const CHANGED_MAX = 10;

/**
 * Where a site tree is put. Calls are idempotent: after a crash each is simply made again. A fault of the world is an answer, not an
 * exception, so that a full disk is never taken for a bad release. No call uses the network.
 */
export interface Target {
  /** The quiet time of a trial starts this long after the last write: what runs may still be the old until then. */
  readonly settleSeconds: number;
  /** A13: looks whether the tree would be taken, and writes nothing. Reason `refused` or `bad-manifest` is a verdict on the release. */
  dryRun(tree: TargetTree): Promise<TargetAnswer>;
  /**
   * Makes the target hold this tree, and `besides.keep` as it is: nothing is taken away before PRUNE (A17).
   * `isFirst`: nothing there is ours yet, so what is there belongs to somebody else.
   */
  apply(tree: TargetTree, retained: RetainedObjects, isFirst: boolean): Promise<TargetAnswer>;
  /**
   * Brings the target back to this tree and `besides.keep` where it differs, and says how many things differed, and by name (object id, or
   * path at the target) at most `CHANGED_MAX` of them. Writes nothing when none does.
   */
  reconcile(tree: TargetTree, retained: RetainedObjects): Promise<Reconciled | TargetFault>;
  /** Takes `gone` away. What stays is `tree` and `besides.keep`; afterwards the other slot may be overwritten. */
  prune(tree: TargetTree, retained: RetainedObjects, gone: readonly string[]): Promise<PruneAnswer>;
  /** A20: takes `gone` away and leaves nothing of the agent's own but what holds `keep`. The site is retired. */
  erase(retained: RetainedObjects, gone: readonly string[]): Promise<PruneAnswer>;
}
