import { systemClock } from "../../core/index.ts";
import { ObjectWriter } from "../../git/index.ts";
import { type FleetPlace, type Ground, onGround, type Outcome, readRelease, refused, type Refused } from "../../releases/index.ts";
import { headsFor, movePromotion, preparePromotion, type PromotionRequest, type PromotionResult } from "./promotion.ts";
import { SigningCrew } from "./signing-pool.ts";
import { releasesInUse, writeTrustBranch } from "../trust/trust-publishing.ts";

export interface PromoteInput extends FleetPlace {
  /** @default the last one */
  readonly release?: number;
  readonly promotion: Omit<PromotionRequest, "isRollback">;
}

/** Gives sites a release: a signed commit each, where the tree differs from what the site's ref holds. Never lowers. */
export async function promote(input: PromoteInput): Promise<Outcome<PromotionResult>> {
  return onGround(input, "write", (ground) => {
    const number = input.release ?? ground.state.releases.at(-1);
    return number === undefined ? Promise.resolve(noRelease()) : promoteOn(ground, input, number, input.promotion);
  });
}

export async function promoteOn(
  ground: Ground,
  place: FleetPlace,
  number: number,
  request: PromotionRequest,
): Promise<Outcome<PromotionResult>> {
  const [release, heads, used] = await Promise.all([readRelease(ground, number), headsFor(ground, request), releasesInUse(ground)]);
  if (!("value" in release)) return release;
  const writer = new ObjectWriter(ground.repository.folder);
  const crew = new SigningCrew(request.key, request.sites === "all" ? release.value.sites.count : request.sites.length);
  try {
    const desk = { writer, crew, clock: place.clock ?? systemClock };
    const prepared = await preparePromotion(ground, desk, release.value, request, heads);
    if (!("value" in prepared)) return prepared;
    // A tag that is not, or no longer, on branch `trust` comes there first: sites look for it there.
    const { tag, tagBytes } = release.value;
    const trustUpdate = writeTrustBranch(writer, ground, { tag: [number, tagBytes], used, seconds: tag.seconds });
    await writer.finish();
    const lost = await ground.repository.moveRefs(trustUpdate ? [trustUpdate] : []);
    return lost.length > 0 ? trustMoved() : await movePromotion(ground, prepared.value);
  } finally {
    crew.close();
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
