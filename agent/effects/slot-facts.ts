import { type JournalSlot, readPlan } from "../../wire/index.ts";
import type { SlotFacts } from "../machine/state.ts";
import { loadOr } from "./perform-faults.ts";
import { factsOf } from "../verify/staged.ts";
import type { World } from "../context.ts";

/** What the core needs to know of a slot; null when there is none, or when it cannot be read. */
export async function tryFacts(slot: JournalSlot | null, world: World): Promise<SlotFacts | null> {
  if (slot === null) return null;
  const content = await loadOr(world, slot.slot, slot.tree);
  if ("refusal" in content) {
    world.log({ level: "warn", event: "started", reason: content.refusal, detail: content.because });
    return null;
  }
  // It passed `readPlan` when it was staged, and its bytes are the same: an agent that went back a version may still not read it.
  const plan = content.value.files.find((file) => file.path === "plan.json");
  const read = readPlan(plan?.bytes ?? Buffer.alloc(0));
  return "value" in read ? factsOf(content.value.commit, read.value, world.config.probes) : null;
}
