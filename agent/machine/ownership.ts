import type { Journal, JournalSlot, OwnedObject } from "../../wire/index.ts";
import type { Machine } from "./state.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** Which objects at the target the agent owns, keeps and removes. The same rules for every target. */

/** R7: removing these loses data for good, so they are removed only with the plan's consent. */
const KEPT_KINDS = [
  "/PersistentVolumeClaim/",
  "/Namespace/",
  "apiextensions.k8s.io/CustomResourceDefinition/",
  "storage.k8s.io/StorageClass/",
];

/** A17: old and new objects together, before anything new is written. The seq that created an object does not change. */
export function widened(owned: readonly OwnedObject[], { seq }: JournalSlot, { objects }: SlotFacts): readonly OwnedObject[] {
  const known = new Map(owned.map((object) => [object.id, object]));
  for (const { id, unit } of objects) known.set(id, { uid: "", seq, ...known.get(id), id, unit });
  return [...known.values()];
}

/** After a prune: all objects but the confirmed removals. */
export function narrowed(owned: readonly OwnedObject[], gone: readonly string[], blocked: readonly string[]): readonly OwnedObject[] {
  const away = new Set(gone.filter((id) => !blocked.includes(id)));
  return owned.filter(({ id }) => !away.has(id));
}

/** What PRUNE removes: owned objects that are not in the tree, except those that R7 keeps. */
export function goneFrom({ owned }: Journal, facts: SlotFacts): readonly string[] {
  // A20: the tree of a site retired with `keep` is empty, and removes nothing.
  if (facts.retired === "keep") return [];
  return outside(owned, facts).filter((id) => !isKept(id, facts));
}

/** Owned objects that are not in the tree and stay: `left-over` in the status. */
export function leftOver({ owned }: Journal, facts: SlotFacts): readonly string[] {
  return outside(owned, facts).filter((id) => isKept(id, facts));
}

/** All owned objects that are not in the tree; before PRUNE they all stay. */
export function outside(owned: readonly OwnedObject[], { objects }: SlotFacts): readonly string[] {
  const inside = new Set(objects.map(({ id }) => id));
  return owned.map(({ id }) => id).filter((id) => !inside.has(id));
}

function isKept(id: string, { consents }: SlotFacts): boolean {
  return KEPT_KINDS.some((kind) => id.startsWith(kind)) && !consents.includes(id);
}

/** The slot that is not the current one, when the journal knows its content. */
export function otherSlot({ journal }: Machine): JournalSlot | null {
  return journal.candidate ?? journal.previous;
}
