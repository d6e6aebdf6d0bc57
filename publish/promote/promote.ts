import { type Outcome, refused, type Refused, systemClock } from "../../core/index.ts";
import { ObjectWriter } from "../../git/index.ts";
import { type FleetPlace, type FleetSnapshot, withSnapshot, readRelease } from "../../releases/index.ts";
import { headsFor, movePromotion, preparePromotion, type PromotionRequest, type PromotionResult } from "./promotion.ts";
import { SigningPool } from "./signing-pool.ts";
import { releasesInUse, writeTrustBranch } from "../trust/trust-publishing.ts";

export interface PromoteInput extends FleetPlace {
  /** @default the last one */
  readonly release?: number;
  readonly promotion: Omit<PromotionRequest, "isRollback">;
}

/** Gives sites a release: a signed commit each, where the tree differs from what the site's ref holds. Never lowers. */
export async function promote(input: PromoteInput): Promise<Outcome<PromotionResult>> {
  return withSnapshot(input, "write", (snapshot) => {
    const number = input.release ?? snapshot.state.releases.at(-1);
    return number === undefined ? Promise.resolve(noRelease()) : promoteOn(snapshot, input, number, input.promotion);
  });
}

export async function promoteOn(
  snapshot: FleetSnapshot,
  place: FleetPlace,
  number: number,
  request: PromotionRequest,
): Promise<Outcome<PromotionResult>> {
  const [release, heads, used] = await Promise.all([readRelease(snapshot, number), headsFor(snapshot, request), releasesInUse(snapshot)]);
  if (!("value" in release)) return release;
  const writer = new ObjectWriter(snapshot.repository.folder);
  const pool = new SigningPool(request.key, request.sites === "all" ? release.value.sites.count : request.sites.length);
  try {
    const signing = { writer, pool, clock: place.clock ?? systemClock };
    const prepared = await preparePromotion(snapshot, signing, release.value, request, heads);
    if (!("value" in prepared)) return prepared;
    // A tag that is not, or no longer, on branch `trust` comes there first: sites look for it there.
    const { tag, tagBytes } = release.value;
    const trustUpdate = writeTrustBranch(writer, snapshot, { tag: [number, tagBytes], used, seconds: tag.seconds });
    await writer.finish();
    const lost = await snapshot.repository.moveRefs(trustUpdate ? [trustUpdate] : []);
    return lost.length > 0 ? trustMoved() : await movePromotion(snapshot, prepared.value);
  } finally {
    pool.close();
    writer.close();
  }
}

function trustMoved(): Refused {
  const next = "run this again: it goes on from what the other one wrote";
  return refused({ code: "refs-moved", message: "somebody else moved branch trust meanwhile, so no site was promoted", next });
}

function noRelease(): Refused {
  return refused({ code: "no-release", message: "nothing was released yet", next: "release first: skerry release" });
}
