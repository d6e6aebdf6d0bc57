import type { Reason } from "../../core/index.ts";
import type { PathAndBytes } from "../../git/index.ts";

/** A tree for a target, identified by its digest. Its files are read only when needed. */
export interface TargetTree {
  /** `sha256:<64 hex>`. */
  readonly tree: string;
  load(): Promise<readonly PathAndBytes[]>;
}

/** Objects at the target that are not in its tree. The state machine alone decides which ones. */
export interface RetainedObjects {
  /** Ids of objects that are not in the tree and stay for now. */
  readonly keep: readonly string[];
  /** The tree of the other slot, which may have their bytes; null when there is none or it cannot be read. */
  readonly other: TargetTree | null;
}

export interface TargetFault {
  readonly done: false;
  readonly reason: Reason;
  readonly detail: string;
}
export type TargetAnswer = { readonly done: true } | TargetFault;

/** `blocked`: objects of `gone` that still exist, each with the reason. All others of `gone` are confirmed as removed. */
export type PruneAnswer =
  | { readonly done: true; readonly blocked: readonly { readonly id: string; readonly detail: string }[] }
  | TargetFault;

export interface Reconciled {
  readonly done: true;
  readonly repaired: number;
  /** Absent when nothing differed. */
  readonly changed?: readonly string[];
}

/** Enough names to know where to look, and few enough for a log line. */
export const CHANGED_MAX = 10;

/**
 * Where a site tree is applied. Calls are idempotent and repeated after a crash. Faults of the box are answers, not exceptions, so that a full
 * disk is never mistaken for a bad release. No call uses the network.
 */
export interface Target {
  /** The quiet time of a trial starts this long after the last write: until then the old workload may still run. */
  readonly settleSeconds: number;
  /** A13: checks whether the target would accept the tree, and writes nothing. Reason `refused` or `bad-manifest` is a verdict on the release. */
  dryRun(tree: TargetTree): Promise<TargetAnswer>;
  /**
   * Applies this tree and leaves `retained.keep` as it is: nothing is removed before PRUNE (A17).
   * `isFirst`: the agent has applied nothing yet, so whatever exists belongs to somebody else.
   */
  apply(tree: TargetTree, retained: RetainedObjects, isFirst: boolean): Promise<TargetAnswer>;
  /**
   * Repairs differences to this tree and `retained.keep`. Returns their number, and the names (object id, or path at the target) of at most
   * `CHANGED_MAX` of them. Writes nothing when there are none.
   */
  reconcile(tree: TargetTree, retained: RetainedObjects): Promise<Reconciled | TargetFault>;
  /** Removes `gone`. `tree` and `retained.keep` stay; afterwards the other slot may be overwritten. */
  prune(tree: TargetTree, retained: RetainedObjects, gone: readonly string[]): Promise<PruneAnswer>;
  /** A20: removes `gone` and all the agent's own files, except those that `keep` needs. The site is retired. */
  erase(retained: RetainedObjects, gone: readonly string[]): Promise<PruneAnswer>;
}
