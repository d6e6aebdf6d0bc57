import type { Reason } from "../../core/index.ts";
import type { Refusal } from "../../trust/index.ts";
import type { JournalSlot } from "../../wire/index.ts";
import type { Event, TargetSpec } from "../machine/event.ts";
import { tryPin } from "./perform-health.ts";
import { diskFault, loadOr } from "./perform-faults.ts";
import { tryFacts } from "./slot-facts.ts";
import type { RetainedObjects, TargetFault, TargetTree } from "../targets/target.ts";
import type { AgentContext } from "../context.ts";

/** Effects on the target. Each answer of the target becomes an event, and so does a slot that differs from the journal. */

export async function dryRun(slot: JournalSlot, context: AgentContext): Promise<Event> {
  const answer = await reached(() => context.target.dryRun(recheckedTree(slot, context)));
  return answer.done ? { type: "dry-run-passed" } : { type: "dry-run-failed", reason: answer.reason, detail: answer.detail };
}

export async function apply({ slot, ...spec }: TargetSpec, isFirst: boolean, context: AgentContext): Promise<Event> {
  const tree = recheckedTree(slot, context);
  // Used once: files that stay in memory for weeks are no safer than those on the disk.
  context.rechecked = undefined;
  const answer = await reached(() => context.target.apply(tree, retainedOf(spec, context), isFirst));
  return answer.done ? { type: "applied" } : { type: "apply-failed", reason: answer.reason, detail: answer.detail };
}

/** R6: uses only the current slot and the target. Files that are already right are not written, so it works on a full disk too. */
export async function fallBack({ slot, ...spec }: TargetSpec, context: AgentContext): Promise<Event> {
  const answer = await reached(() => context.target.reconcile(treeOf(slot, context), retainedOf(spec, context)));
  if (answer.done) return { type: "fell-back" };
  return { type: "fall-back-failed", reason: answer.reason, detail: answer.detail, slotIsVoid: answer.slotIsVoid };
}

/** The only effect that may run during a fetch: it uses the target and the current slot, and a fetch neither. */
export async function reconcile({ slot, withFacts, ...spec }: TargetSpec & { withFacts: boolean }, context: AgentContext): Promise<Event> {
  const answer = await reached(() => context.target.reconcile(treeOf(slot, context), retainedOf(spec, context)));
  if (answer.done) {
    const { repaired, changed = [] } = answer;
    return { type: "reconciled", repaired, changed, facts: withFacts ? await tryFacts(slot, context) : null };
  }
  return { type: "reconcile-failed", reason: answer.reason, detail: answer.detail, slotIsVoid: answer.slotIsVoid };
}

/** R10: from now on both releases must be able to run without the network. */
export async function finalize(slot: JournalSlot, previous: JournalSlot | null, context: AgentContext): Promise<Event> {
  const { slots, clock, log } = context;
  try {
    await slots.noteCommitted(slot.slot, Math.floor(clock.now() / 1000));
  } catch (error) {
    // The journal record decides; this date is for people.
    log({ level: "warn", event: "finalized", ...diskFault(error) });
  }
  return { type: "finalized", impaired: await tryPin(previous === null ? [slot] : [slot, previous], context) };
}

export async function prune(
  effect: TargetSpec & { do: "prune" | "erase"; gone: readonly string[] },
  context: AgentContext,
): Promise<Event> {
  const { slot, gone, ...spec } = effect;
  const retained = retainedOf(spec, context);
  const { target } = context;
  const answer = await reached(() =>
    effect.do === "erase" ? target.erase(retained, gone) : target.prune(treeOf(slot, context), retained, gone),
  );
  return answer.done
    ? { type: "pruned", gone, blocked: answer.blocked }
    : { type: "prune-failed", reason: answer.reason, detail: answer.detail };
}

/** The slot's content differs from the journal. */
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

/** Only the tree's own slot counts as void; the other slot being unreadable is a disk fault. */
async function reached<T extends { readonly done: true }>(work: () => Promise<T | TargetFault>): Promise<T | Unreached> {
  try {
    const answer = await work();
    return answer.done ? answer : { ...answer, slotIsVoid: false };
  } catch (error) {
    if (!(error instanceof SlotVoid)) throw error;
    return { done: false, reason: error.refusal.refusal, detail: error.refusal.because, slotIsVoid: !error.isOther };
  }
}

function retainedOf({ keep, other }: Pick<TargetSpec, "keep" | "other">, context: AgentContext): RetainedObjects {
  return { keep, other: other === null ? null : treeOf(other, context, true) };
}

/** The files that `recheck` kept in memory; after a crash in between the slot is read again. */
function recheckedTree(slot: JournalSlot, context: AgentContext): TargetTree {
  const { rechecked } = context;
  return rechecked?.tree === slot.tree ? { tree: slot.tree, load: async () => rechecked.files } : treeOf(slot, context);
}

function treeOf({ slot, tree }: JournalSlot, context: AgentContext, isOther = false): TargetTree {
  return {
    tree,
    load: async () => {
      const content = await loadOr(context, slot, tree);
      if ("refusal" in content) throw new SlotVoid(content, isOther);
      return content.value.files;
    },
  };
}
