import type { JournalSlot } from "../../wire/index.ts";
import type { TargetSpec } from "./event.ts";
import { leftOver, otherSlot, outside } from "./ownership.ts";
import type { Machine } from "./state.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** The desired content of the target, per effect. */

/** The candidate, and all earlier objects until PRUNE (A17). `owned` must already be widened. */
export function placingCandidate({ journal, memory }: Machine): TargetSpec {
  const facts = memory.candidate as SlotFacts;
  return { slot: journal.candidate as JournalSlot, keep: outside(journal.owned, facts), other: journal.current };
}

/** The current tree and all other owned objects: drift repair removes no owned object. */
export function currentSpec(machine: Machine): TargetSpec {
  const { journal, memory } = machine;
  const keep = memory.current === null ? [] : outside(journal.owned, memory.current);
  return { slot: journal.current as JournalSlot, keep, other: otherSlot(machine) };
}

/** The current tree and the objects that no plan consents to remove. */
export function placingAfterPrune(machine: Machine): TargetSpec {
  const { journal, memory } = machine;
  const keep = memory.current === null ? [] : leftOver(journal, memory.current);
  return { slot: journal.current as JournalSlot, keep, other: otherSlot(machine) };
}
