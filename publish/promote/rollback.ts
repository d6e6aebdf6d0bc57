import type { Outcome } from "../../core/index.ts";
import { type FleetPlace, type MovedBack, movedBack, withSnapshot } from "../../releases/index.ts";
import { promoteOn } from "./promote.ts";
import type { PromotionRequest, PromotionResult } from "./promotion.ts";

export interface RollbackInput extends FleetPlace {
  /** Number of the release to go back to. */
  readonly to: number;
  readonly promotion: Omit<PromotionRequest, "isRollback" | "again">;
}

export interface RollbackResult extends PromotionResult {
  /** All that the sites got back, not only what the rollback was for. */
  readonly movedBack: readonly MovedBack[];
}

/** The only way down: gives sites the trees of an older release, with a higher seq. Sites at or below it are left alone. */
export async function rollback(input: RollbackInput): Promise<Outcome<RollbackResult>> {
  return withSnapshot(input, "write", async (snapshot) => {
    const promoted = await promoteOn(snapshot, input, input.to, { ...input.promotion, isRollback: true });
    if (!("value" in promoted)) return promoted;
    const differences = await movedBack(snapshot.repository, treesOf(promoted.value));
    return { value: { ...promoted.value, movedBack: differences }, problems: promoted.problems ?? [] };
  });
}

// A site commit's parent is what the site was told before.
function treesOf({ moved }: PromotionResult): { before: string; after: string }[] {
  return moved.map(({ commit }) => ({ before: `${commit}^1^{tree}`, after: `${commit}^{tree}` }));
}
