import { type Clock, type Outcome, refused, type Refused, systemClock, systemRandom } from "../../core/index.ts";
import { ObjectWriter, type RefUpdate } from "../../git/index.ts";
import { type FleetPlace, type FleetSnapshot, withSnapshot, readRelease, readSnapshot, type Release } from "../../releases/index.ts";
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
    return promoteRelease(snapshot, input, number, input.promotion);
  });
}

export function promoteRelease(
  snapshot: FleetSnapshot,
  input: FleetPlace & Pick<PromoteInput, "dryRun">,
  number: number,
  request: PromotionRequest,
): Promise<Outcome<PromotionResult>> {
  return untilUncontested(snapshot, input, async (current) => {
    const planned = await planOn(current, number, request);
    return "value" in planned ? promoteOn(current, input, planned.value) : planned;
  });
}

/** Each lost race means that somebody else promoted sites of the same shards. */
const ATTEMPTS_MAX = 8;
const PAUSE_MS = 100;

/** Does the work again, on what another run left, as long as its result is undefined: that other run moved a shard meanwhile. */
export async function untilUncontested<T>(
  snapshot: FleetSnapshot,
  place: FleetPlace,
  work: (snapshot: FleetSnapshot) => Promise<Outcome<T> | undefined>,
): Promise<Outcome<T>> {
  const clock = place.clock ?? systemClock;
  let current = snapshot;
  for (let attempt = 1; ; attempt++) {
    const outcome = await work(current);
    if (outcome !== undefined) return outcome;
    if (attempt === ATTEMPTS_MAX) return remoteBusy();
    // Runs that met once would meet again if both waited for the same time.
    await clock.sleep(PAUSE_MS * attempt * (1 + systemRandom.fraction()));
    const fresh = await readSnapshot(current.repository, place);
    if (!("value" in fresh)) return fresh;
    current = fresh.value;
  }
}

function remoteBusy(): Refused {
  return refused({
    code: "remote-busy",
    message: `other runs promoted sites of the same shards, ${ATTEMPTS_MAX} times in a row, so no site was promoted`,
    next: "find out what keeps promoting this fleet, then run this again",
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

/** undefined when another run moved a shard meanwhile. */
export function promoteOn(
  snapshot: FleetSnapshot,
  input: Pick<PromoteInput, "clock" | "dryRun">,
  planned: PlannedPromotion,
): Promise<Outcome<PromotionResult> | undefined> {
  return input.dryRun ? foresee(snapshot, planned) : carryOut(snapshot, input.clock ?? systemClock, planned);
}

async function foresee(snapshot: FleetSnapshot, planned: PlannedPromotion): Promise<Outcome<PromotionResult>> {
  const refs = trustUpdates(new UnwrittenObjects(snapshot.repository.folder), snapshot, planned);
  return { value: { ...foreseenPromotion(planned.plan, planned.release, refs), dryRun: true } };
}

async function carryOut(snapshot: FleetSnapshot, clock: Clock, planned: PlannedPromotion): Promise<Outcome<PromotionResult> | undefined> {
  const { release, plan, request } = planned;
  const writer = new ObjectWriter(snapshot.repository.folder);
  const pool = new SigningPool(request.key, plan.orders.length);
  try {
    const prepared = await preparePromotion(snapshot, { writer, pool, clock }, release, plan, request);
    const updates = trustUpdates(writer, snapshot, planned);
    await writer.finish();
    const lost = await snapshot.repository.moveRefs(updates);
    return lost.length > 0 ? undefined : await movePromotion(snapshot, prepared, updates);
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

function noRelease(): Refused {
  return refused({ code: "no-release", message: "the fleet has no release yet", next: "release first: skerry release" });
}
