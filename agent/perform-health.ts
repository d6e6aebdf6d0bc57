import type { JournalSlot } from "../wire/index.ts";
import type { Event } from "./machine/event.ts";
import { treeImages } from "./images/tree-images.ts";
import type { UnitProbe } from "./machine/state.ts";
import type { LookAnswer } from "./machine/watch.ts";
import { loadOr } from "./perform-faults.ts";
import type { World } from "./world.ts";

/** Effects on the box's image store, and looks at the health of what runs. */

/** All probes at once: a look is one moment. Each is bounded by itself. */
export async function look(round: number, probes: readonly UnitProbe[], { probes: port }: World, signal: AbortSignal): Promise<Event> {
  const answers = await Promise.all(probes.map(({ probe }): Promise<LookAnswer> => port.ask(probe, signal)));
  return { type: "looked", round, answers };
}

/**
 * A12: the candidate's images, one after the other, so that a bad line brings one whole at least. Then what is missing of the current
 * release: without it going back is a promise on paper (R10), but no reason to hold a cure up.
 */
export async function pull(slot: JournalSlot, current: JournalSlot | null, world: World, signal: AbortSignal): Promise<Event> {
  const fault = await tryPullTree(slot, world, signal);
  if (fault !== undefined) return fault;
  const isCurrentHeld = current === null || (await tryPullTree(current, world, signal)) === undefined;
  await pinned(current === null ? [slot] : [slot, current], world);
  return { type: "pulled", isCurrentHeld };
}

type PullFault = Extract<Event, { type: "pull-failed" }>;

async function tryPullTree({ slot, tree }: JournalSlot, world: World, signal: AbortSignal): Promise<PullFault | undefined> {
  const { images } = world;
  const content = await loadOr(world, slot, tree);
  if ("refusal" in content) return { type: "pull-failed", reason: content.refusal, detail: content.because, isNotFound: false };
  if (images === undefined) return undefined;
  const found = await images.missing(treeImages(content.value.files));
  if (!found.done) return { type: "pull-failed", reason: found.reason, detail: found.detail, isNotFound: false };
  for (const image of found.missing) {
    const answer = await images.pull(image, signal);
    if (!answer.done) return { type: "pull-failed", reason: answer.reason, detail: answer.detail, isNotFound: answer.isNotFound };
  }
  return undefined;
}

/** A pin that could not be set is said and not waited for: the images are here now. */
export async function pinned(slots: readonly JournalSlot[], world: World): Promise<void> {
  const { images, log } = world;
  if (images === undefined) return;
  const wanted = new Set<string>();
  for (const { slot, tree } of slots) {
    const content = await loadOr(world, slot, tree);
    if ("value" in content) for (const image of treeImages(content.value.files)) wanted.add(image);
  }
  const answer = await images.pin([...wanted].sort());
  if (!answer.done) log({ level: "warn", event: "pin", reason: answer.reason, detail: answer.detail });
}
