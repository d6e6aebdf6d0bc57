import type { Journal, JournalSlot, OwnedObject } from "../../wire/index.ts";
import type { Machine } from "./state.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** Which objects at the target are the agent's, which of them stay, and which go. One rule for every target. */

/** R7: what is lost with them does not come back, so they go only where the plan consents. */
const KEPT_KINDS = [
  "/PersistentVolumeClaim/",
  "/Namespace/",
  "apiextensions.k8s.io/CustomResourceDefinition/",
  "storage.k8s.io/StorageClass/",
];

/** A17: old and new together, before anything of the new is written. Who created an object stays as it was. */
export function widened(owned: readonly OwnedObject[], { seq }: JournalSlot, { objects }: SlotFacts): readonly OwnedObject[] {
  const known = new Map(owned.map((object) => [object.id, object]));
  for (const { id, unit } of objects) known.set(id, { uid: "", seq, ...known.get(id), id, unit });
  return [...known.values()];
}

/** After a prune: all but what is confirmed to be away. */
export function narrowed(owned: readonly OwnedObject[], gone: readonly string[], blocked: readonly string[]): readonly OwnedObject[] {
  const away = new Set(gone.filter((id) => !blocked.includes(id)));
  return owned.filter(({ id }) => !away.has(id));
}

/** What PRUNE takes away: all that is ours and not in the tree, but for what R7 keeps. */
export function goneFrom({ owned }: Journal, facts: SlotFacts): readonly string[] {
  // A20: the tree of a site that keeps what it has holds nothing, and takes nothing away.
  if (facts.retired === "keep") return [];
  return outside(owned, facts).filter((id) => !isKept(id, facts));
}

/** What stays though the tree does not hold it: `left-over` in the status. */
export function leftOver({ owned }: Journal, facts: SlotFacts): readonly string[] {
  return outside(owned, facts).filter((id) => isKept(id, facts));
}

/** Everything of ours that the tree does not hold; before PRUNE all of it stays. */
export function outside(owned: readonly OwnedObject[], { objects }: SlotFacts): readonly string[] {
  const inside = new Set(objects.map(({ id }) => id));
  return owned.map(({ id }) => id).filter((id) => !inside.has(id));
}

function isKept(id: string, { consents }: SlotFacts): boolean {
  return KEPT_KINDS.some((kind) => id.startsWith(kind)) && !consents.includes(id);
}

/** The slot that is not the current one, as far as the journal knows what it holds. */
export function otherSlot({ journal }: Machine): JournalSlot | null {
  return journal.candidate ?? journal.previous;
}
