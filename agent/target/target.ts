import type { Reason } from "../../core/index.ts";
import type { PathAndBytes } from "../../git/index.ts";

/** A tree for a target: its digest names it, and its bytes are read only when they are needed. */
export interface TargetTree {
  /** `sha256:<64 hex>`. */
  readonly tree: string;
  load(): Promise<readonly PathAndBytes[]>;
}

export type TargetAnswer = { readonly done: true } | { readonly done: false; readonly reason: Reason; readonly detail: string };

/**
 * Where a site tree is put. Calls are idempotent: after a crash each is simply made again. A fault of the world is an answer, not an
 * exception, so that a full disk is never taken for a bad release.
 */
export interface Target {
  /** Makes the target hold exactly this tree. `isFirst`: nothing there is ours yet, so what is there belongs to somebody else. */
  apply(tree: TargetTree, isFirst: boolean): Promise<TargetAnswer>;
  /** Brings the target back to this tree where it differs, and says how many things differed. Writes nothing when none does. */
  heal(tree: TargetTree): Promise<TargetAnswer & { readonly repaired: number }>;
  /** Removes what no longer belongs to the tree that was applied last. */
  prune(): Promise<TargetAnswer>;
}
