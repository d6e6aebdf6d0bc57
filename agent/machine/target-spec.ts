import type { JournalSlot } from "../../wire/index.ts";
import type { TargetSpec } from "./event.ts";
import { leftOver, otherSlot, outside } from "./ownership.ts";
import type { Machine } from "./state.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** What an effect is told that the target shall hold. */

/** The candidate, and until PRUNE all that was there before (A17). `owned` must be widened already. */
export function placingCandidate({ journal, memory }: Machine): TargetSpec {
  const facts = memory.candidate as SlotFacts;
  return { slot: journal.candidate as JournalSlot, keep: outside(journal.owned, facts), other: journal.current };
}

/** The current tree, and all that is there besides: nothing is taken away by putting things right. */
export function currentSpec(machine: Machine): TargetSpec {
  const { journal, memory } = machine;
  const keep = memory.current === null ? [] : outside(journal.owned, memory.current);
  return { slot: journal.current as JournalSlot, keep, other: otherSlot(machine) };
}

/** The current tree and what no plan consents to remove. */
export function placingAfterPrune(machine: Machine): TargetSpec {
  const { journal, memory } = machine;
  const keep = memory.current === null ? [] : leftOver(journal, memory.current);
  return { slot: journal.current as JournalSlot, keep, other: otherSlot(machine) };
}
