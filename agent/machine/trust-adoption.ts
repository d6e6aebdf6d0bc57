import type { TrustWalked } from "./event.ts";
import type { Journal } from "../../wire/index.ts";
import type { Memory } from "./memory.ts";
import type { Machine } from "./state.ts";

/** The machine after the trust branch was read: the new version, a seq that it resets, and a candidate that it no longer accepts. */
export function adoptTrust(machine: Machine, event: TrustWalked): Machine {
  const { journal, memory } = machine;
  // The accepted version never falls (A6); a guard handles a lower one.
  const rises = event.version > journal.trust.version;
  const trust = rises ? { version: event.version, sha256: event.sha256 } : journal.trust;
  const seen = rises && event.reset !== null && journal.seen !== null ? withSeq(journal.seen, event.reset) : journal.seen;
  // Seqs above a reset are issued again, and a failure mark is about the release that had them before.
  const failed = rises && event.reset !== null ? journal.failed.filter(({ seq }) => seq <= (event.reset as number)) : journal.failed;
  const candidate = event.fallen === null ? journal.candidate : null;
  return {
    ...machine,
    journal: { ...journal, trust, seen, candidate, failed },
    memory: { ...memory, candidate: event.fallen === null ? memory.candidate : null, ...noteOf(memory, event) },
  };
}

/** The newest note counts; an older one that is replayed is ignored. */
function noteOf({ note: before }: Memory, { note }: TrustWalked): Partial<Memory> {
  if (note === null) return {};
  if ("refusal" in note) return { noteFault: note.because };
  return { noteFault: null, note: before !== null && before.at > note.value.at ? before : note.value };
}

function withSeq(seen: NonNullable<Journal["seen"]>, seq: number): Journal["seen"] {
  return seq === 0 ? null : { ...seen, seq };
}
