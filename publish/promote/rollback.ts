import type { Outcome } from "../../core/index.ts";
import { type FleetPlace, type FleetSnapshot, type MovedBack, movedBack, type Release, withSnapshot } from "../../releases/index.ts";
import type { SiteOrder } from "./promotion-plan.ts";
import { planOn, promoteOn, untilUncontested } from "./promote.ts";
import { foreseenPromotion, type PromotionRequest, type PromotionResult } from "./promotion.ts";

export interface RollbackInput extends FleetPlace {
  /** Number of the release to go back to. */
  readonly to: number;
  readonly promotion: Omit<PromotionRequest, "isRollback" | "again">;
  /** Computes everything, writes nothing, moves no ref and takes no lock. */
  readonly dryRun?: boolean;
  /** Given what the rollback will do, before the first object of it is written. Not called in a dry run, whose result is the same. */
  readonly onPreview?: (preview: RollbackResult) => void;
}

export interface RollbackResult extends PromotionResult {
  /** All that the sites got back, not only what the rollback was for. */
  readonly movedBack: readonly MovedBack[];
}

/** The only way down: gives sites the trees of an older release, with a higher seq. Sites at or below it are left alone. */
export async function rollback(input: RollbackInput): Promise<Outcome<RollbackResult>> {
  return withSnapshot(input, input.dryRun ? "read" : "write", (snapshot) =>
    untilUncontested(snapshot, input, (current) => rollbackOn(current, input)),
  );
}

async function rollbackOn(snapshot: FleetSnapshot, input: RollbackInput): Promise<Outcome<RollbackResult> | undefined> {
  const planned = await planOn(snapshot, input.to, { ...input.promotion, isRollback: true });
  if (!("value" in planned)) return planned;
  const { plan, release } = planned.value;
  // Computed from trees that are there already, so that it is known before anything is written, and a fault here moves nothing.
  const differences = await movedBack(snapshot.repository, treesOf(plan.orders, release));
  if (!input.dryRun) input.onPreview?.({ ...foreseenPromotion(plan, release, []), movedBack: differences });
  const promoted = await promoteOn(snapshot, input, planned.value);
  if (promoted === undefined || !("value" in promoted)) return promoted;
  const { value, problems = [] } = promoted;
  return { value: { ...value, movedBack: differences }, problems };
}

// A rollback plans no site without a head.
function treesOf(orders: readonly SiteOrder[], release: Release): { before: string; after: string }[] {
  return orders.map(({ head, index }) => ({ before: head?.tree as string, after: release.sites.treeId(index).toString("hex") }));
}
