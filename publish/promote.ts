import { systemClock } from "../core/index.ts";
import { ObjectWriter } from "../git/index.ts";
import type { FleetPlace } from "./fleet-repository.ts";
import { type Ground, onGround } from "./ground.ts";
import { type Outcome, refused } from "./outcome.ts";
import { headsFor, movePromotion, preparePromotion, type PromotionRequest, type PromotionResult } from "./promotion.ts";
import { readRelease } from "./release-reading.ts";
import { writeTrustBranch } from "./trust-branch.ts";
import { publishTrust, releasesInUse } from "./trust-publishing.ts";

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

export async function promoteOn(ground: Ground, place: FleetPlace, number: number, request: PromotionRequest): Promise<Outcome<PromotionResult>> {
  const [release, heads, used] = await Promise.all([readRelease(ground, number), headsFor(ground, request), releasesInUse(ground)]);
  if (!("value" in release)) return release;
  const writer = new ObjectWriter(ground.repository.folder);
  try {
    const prepared = await preparePromotion(ground, writer, release.value, request, heads, place.clock ?? systemClock);
    if (!("value" in prepared)) return prepared;
    // A release that was cut off before its tag came to branch `trust` is completed here: sites look for it there.
    const { tag, tagBytes } = release.value;
    const additions = { tags: new Map([[number, tagBytes]]), used, seconds: tag.seconds };
    const trustUpdate = writeTrustBranch(writer, ground.branch, ground.chain, additions);
    await writer.finish();
    const trust = await publishTrust(ground, place, additions, trustUpdate);
    return "value" in trust ? await movePromotion(ground, prepared.value) : trust;
  } finally {
    writer.close();
  }
}

function noRelease(): { readonly problems: Outcome<never>["problems"] & object } {
  return refused({ code: "no-release", message: "nothing was released yet", next: "Release first: skerry release" });
}
