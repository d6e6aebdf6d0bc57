import type { JournalSlot } from "../../wire/index.ts";
import type { Event } from "../machine/event.ts";
import { treeImages } from "../images/tree-images.ts";
import type { UnitProbe } from "../machine/slot-facts.ts";
import type { HealthAnswer } from "../machine/watch.ts";
import { loadOr } from "./perform-faults.ts";
import type { Verdict } from "../verify/verdict.ts";
import type { AgentContext } from "../context.ts";

/** Effects on the box's image store, and health checks. */

/** Runs all probes at the same time. Each has its own time limit. */
export async function checkHealth(
  round: number,
  probes: readonly UnitProbe[],
  { probes: port }: AgentContext,
  signal: AbortSignal,
): Promise<Event> {
  const answers = await Promise.all(probes.map(({ probe }): Promise<HealthAnswer> => port.ask(probe, signal)));
  return { type: "health-checked", round, answers };
}

/**
 * A12: the candidate's images, one after the other, so that a bad connection completes at least one. Then missing images of the current
 * release: without them going back is not certain (R10), but that does not delay the candidate.
 */
export async function pull(slot: JournalSlot, current: JournalSlot | null, context: AgentContext, signal: AbortSignal): Promise<Event> {
  const wanted = await imagesOf(slot, context);
  // A retry would read the same slot, so the release is fetched and staged again.
  if ("refusal" in wanted) return { type: "candidate-fell", refusal: wanted };
  const fault = await tryPullTree(slot, context, signal);
  if (fault !== undefined) return fault;
  const missing = current === null ? undefined : await tryPullTree(current, context, signal);
  const impaired = missing === undefined ? await tryPin(current === null ? [slot] : [slot, current], context) : impairedText(missing);
  return { type: "pulled", impaired };
}

function impairedText({ reason, detail }: PullFault): string {
  return `images of the running release are missing and could not be pulled: ${reason}, ${detail}`;
}

type PullFault = Extract<Event, { type: "pull-failed" }>;

async function tryPullTree(slot: JournalSlot, context: AgentContext, signal: AbortSignal): Promise<PullFault | undefined> {
  const { images } = context;
  if (images === undefined) return undefined;
  const wanted = await imagesOf(slot, context);
  if ("refusal" in wanted) return { type: "pull-failed", reason: wanted.refusal, detail: wanted.because, isNotFound: false };
  const found = await images.missing(wanted.value);
  if (!found.done) return { type: "pull-failed", reason: found.reason, detail: found.detail, isNotFound: false };
  for (const image of found.missing) {
    const answer = await images.pull(image, signal);
    if (!answer.done) return { type: "pull-failed", reason: answer.reason, detail: answer.detail, isNotFound: answer.isNotFound };
  }
  return undefined;
}

/**
 * R10: pins exactly the images of these slots. Returns why going back is not certain when that fails. Nothing is pinned when one slot cannot be
 * read, because pinning only the others would remove its pins.
 */
export async function tryPin(slots: readonly JournalSlot[], context: AgentContext): Promise<string | null> {
  const { images, log } = context;
  if (images === undefined) return null;
  const wanted = new Set<string>();
  for (const slot of slots) {
    const found = await imagesOf(slot, context);
    if ("refusal" in found) return `images could not be pinned: ${found.because}`;
    for (const image of found.value) wanted.add(image);
  }
  const answer = await images.pin([...wanted].sort());
  if (answer.done) return null;
  log({ level: "warn", event: "pin", reason: answer.reason, detail: answer.detail });
  return `images could not be pinned: ${answer.detail}`;
}

/** Number of cached trees: two slots and the one that replaces the older. */
const TREES_MAX = 3;

/** Reading hundreds of manifests costs time and memory, so it is done once per tree. */
async function imagesOf({ slot, tree }: JournalSlot, context: AgentContext): Promise<Verdict<readonly string[]>> {
  const known = context.treeImages.get(tree);
  if (known !== undefined) return { value: known };
  const content = await loadOr(context, slot, tree);
  if ("refusal" in content) return content;
  const images = treeImages(content.value.files);
  const [oldest] = context.treeImages.keys();
  if (context.treeImages.size >= TREES_MAX && oldest !== undefined) context.treeImages.delete(oldest);
  context.treeImages.set(tree, images);
  return { value: images };
}
