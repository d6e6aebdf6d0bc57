import { type Clock, type Outcome, refused, type Refused, systemClock } from "../../core/index.ts";
import { ObjectWriter, type RefUpdate } from "../../git/index.ts";
import { type FleetPlace, type FleetSnapshot, withSnapshot, readRelease, type Release } from "../../releases/index.ts";
import { UnwrittenObjects } from "../dry-run.ts";
import type { PromotionPlan } from "./promotion-plan.ts";
import {
  decidePromotion,
  foreseenPromotion,
  headsFor,
  movePromotion,
  preparePromotion,
  type PromotionRequest,
  type PromotionResult,
} from "./promotion.ts";
import { SigningPool } from "./signing-pool.ts";
import { releasesInUse, writeTrustBranch } from "../trust/trust-publishing.ts";

export interface PromoteInput extends FleetPlace {
  /** @default the last one */
  readonly release?: number;
  readonly promotion: Omit<PromotionRequest, "isRollback">;
  /** Computes everything, writes nothing, moves no ref and takes no lock. */
  readonly dryRun?: boolean;
}

/** Gives sites a release: a signed commit each, where the tree differs from what the site's ref holds. Never lowers. */
export async function promote(input: PromoteInput): Promise<Outcome<PromotionResult>> {
  return withSnapshot(input, input.dryRun ? "read" : "write", async (snapshot) => {
    const number = input.release ?? snapshot.state.releases.at(-1);
    if (number === undefined) return noRelease();
    const planned = await planOn(snapshot, number, input.promotion);
    return "value" in planned ? promoteOn(snapshot, input, planned.value) : planned;
  });
}

/** A promotion that nothing stands against: all that is known before the first object of it is written. */
export interface PlannedPromotion {
  readonly release: Release;
  readonly plan: PromotionPlan;
  readonly request: PromotionRequest;
  /** Releases that sites are at. */
  readonly used: ReadonlySet<number>;
}

export async function planOn(snapshot: FleetSnapshot, number: number, request: PromotionRequest): Promise<Outcome<PlannedPromotion>> {
  const [release, heads, used] = await Promise.all([readRelease(snapshot, number), headsFor(snapshot, request), releasesInUse(snapshot)]);
  if (!("value" in release)) return release;
  const plan = decidePromotion(snapshot, release.value, request, heads);
  return "value" in plan ? { value: { release: release.value, plan: plan.value, request, used } } : plan;
}

export function promoteOn(
  snapshot: FleetSnapshot,
  input: Pick<PromoteInput, "clock" | "dryRun">,
  planned: PlannedPromotion,
): Promise<Outcome<PromotionResult>> {
  return input.dryRun ? foresee(snapshot, planned) : carryOut(snapshot, input.clock ?? systemClock, planned);
}

async function foresee(snapshot: FleetSnapshot, planned: PlannedPromotion): Promise<Outcome<PromotionResult>> {
  const refs = trustUpdates(new UnwrittenObjects(snapshot.repository.folder), snapshot, planned);
  return { value: { ...foreseenPromotion(planned.plan, planned.release, refs), dryRun: true } };
}

async function carryOut(snapshot: FleetSnapshot, clock: Clock, planned: PlannedPromotion): Promise<Outcome<PromotionResult>> {
  const { release, plan, request } = planned;
  const writer = new ObjectWriter(snapshot.repository.folder);
  const pool = new SigningPool(request.key, plan.orders.length);
  try {
    const prepared = await preparePromotion({ writer, pool, clock }, release, plan, request.urgent ?? false);
    const updates = trustUpdates(writer, snapshot, planned);
    await writer.finish();
    const lost = await snapshot.repository.moveRefs(updates);
    return lost.length > 0 ? trustMoved() : await movePromotion(snapshot, prepared, updates);
  } finally {
    pool.close();
    writer.close();
  }
}

/** A tag that is not, or no longer, on branch `trust` comes there first: sites look for it there. */
function trustUpdates(writer: ObjectWriter, snapshot: FleetSnapshot, { release, used }: PlannedPromotion): readonly RefUpdate[] {
  const { number, tag, tagBytes } = release;
  const update = writeTrustBranch(writer, snapshot, { tag: [number, tagBytes], used, seconds: tag.seconds });
  return update ? [update] : [];
}

function trustMoved(): Refused {
  const next = "run this again; it continues from the new state";
  return refused({ code: "refs-moved", message: "another run moved branch trust at the same time, so no site was promoted", next });
}

function noRelease(): Refused {
  return refused({ code: "no-release", message: "the fleet has no release yet", next: "release first: skerry release" });
}
