import type { Reason } from "../../core/index.ts";
import type { Refusal } from "../../trust/index.ts";
import type { JournalSlot } from "../../wire/index.ts";
import type { Event, Placing } from "../machine/event.ts";
import { tryPin } from "./perform-health.ts";
import { diskFault, loadOr } from "./perform-faults.ts";
import { tryFacts } from "./slot-facts.ts";
import type { Besides, TargetFault, TargetTree } from "../targets/target.ts";
import type { World } from "../context.ts";

/** Effects on the target. Each answer of the target is an event; a slot that does not hold what the journal says is one too. */

export async function dryRun(slot: JournalSlot, world: World): Promise<Event> {
  const answer = await reached(() => world.target.dryRun(recheckedTree(slot, world)));
  return answer.done ? { type: "dry-run-passed" } : { type: "dry-run-failed", reason: answer.reason, detail: answer.detail };
}

export async function apply({ slot, ...placing }: Placing, isFirst: boolean, world: World): Promise<Event> {
  const tree = recheckedTree(slot, world);
  // Used once: what stands in memory for weeks is no better than what stands on the disk.
  world.rechecked = undefined;
  const answer = await reached(() => world.target.apply(tree, besidesOf(placing, world), isFirst));
  return answer.done ? { type: "applied" } : { type: "apply-failed", reason: answer.reason, detail: answer.detail };
}

/** R6: the current slot and the target, and nothing else. What is right already is not written again, so a full disk can go back too. */
export async function fallBack({ slot, ...placing }: Placing, world: World): Promise<Event> {
  const answer = await reached(() => world.target.heal(treeOf(slot, world), besidesOf(placing, world)));
  if (answer.done) return { type: "fell-back" };
  return { type: "fall-back-failed", reason: answer.reason, detail: answer.detail, slotIsVoid: answer.slotIsVoid };
}

/** The one effect that may run beside a fetch: it touches the target and the current slot, and a fetch neither. */
export async function heal({ slot, withFacts, ...placing }: Placing & { withFacts: boolean }, world: World): Promise<Event> {
  const answer = await reached(() => world.target.heal(treeOf(slot, world), besidesOf(placing, world)));
  if (answer.done) return { type: "healed", repaired: answer.repaired, facts: withFacts ? await tryFacts(slot, world) : null };
  return { type: "heal-failed", reason: answer.reason, detail: answer.detail, slotIsVoid: answer.slotIsVoid };
}

/** R10: from now on these two must be able to run without the network. */
export async function settle(slot: JournalSlot, previous: JournalSlot | null, world: World): Promise<Event> {
  const { slots, clock, log } = world;
  try {
    await slots.noteCommitted(slot.slot, Math.floor(clock.now() / 1000));
  } catch (error) {
    // The record is what counts; this is a date for people.
    log({ level: "warn", event: "settled", ...diskFault(error) });
  }
  return { type: "settled", impaired: await tryPin(previous === null ? [slot] : [slot, previous], world) };
}

export async function prune(effect: Placing & { do: "prune" | "erase"; gone: readonly string[] }, world: World): Promise<Event> {
  const { slot, gone, ...placing } = effect;
  const besides = besidesOf(placing, world);
  const { target } = world;
  const answer = await reached(() =>
    effect.do === "erase" ? target.erase(besides, gone) : target.prune(treeOf(slot, world), besides, gone),
  );
  return answer.done
    ? { type: "pruned", gone, blocked: answer.blocked }
    : { type: "prune-failed", reason: answer.reason, detail: answer.detail };
}

/** The slot does not hold what the journal says. */
class SlotVoid extends Error {
  readonly refusal: Refusal;
  readonly isOther: boolean;

  constructor(refusal: Refusal, isOther: boolean) {
    super(refusal.because);
    this.refusal = refusal;
    this.isOther = isOther;
  }
}

interface Unreached {
  readonly done: false;
  readonly reason: Reason;
  readonly detail: string;
  readonly slotIsVoid: boolean;
}

/** Only the tree's own slot counts as void; one beside it that cannot be read is a fault of the disk. */
async function reached<T extends { readonly done: true }>(work: () => Promise<T | TargetFault>): Promise<T | Unreached> {
  try {
    const answer = await work();
    return answer.done ? answer : { ...answer, slotIsVoid: false };
  } catch (error) {
    if (!(error instanceof SlotVoid)) throw error;
    return { done: false, reason: error.refusal.refusal, detail: error.refusal.because, slotIsVoid: !error.isOther };
  }
}

function besidesOf({ keep, other }: Pick<Placing, "keep" | "other">, world: World): Besides {
  return { keep, other: other === null ? null : treeOf(other, world, true) };
}

/** What `recheck` held in memory a moment ago; after a crash in between the slot is read again. */
function recheckedTree(slot: JournalSlot, world: World): TargetTree {
  const { rechecked } = world;
  return rechecked?.tree === slot.tree ? { tree: slot.tree, load: async () => rechecked.files } : treeOf(slot, world);
}

function treeOf({ slot, tree }: JournalSlot, world: World, isOther = false): TargetTree {
  return {
    tree,
    load: async () => {
      const content = await loadOr(world, slot, tree);
      if ("refusal" in content) throw new SlotVoid(content, isOther);
      return content.value.files;
    },
  };
}
