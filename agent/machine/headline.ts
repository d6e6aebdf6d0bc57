import type { Reason } from "../../core/index.ts";
import { applyEntry } from "./due.ts";
import type { Machine, Moment, Trouble } from "./state.ts";

export interface Headline {
  readonly reason: Reason;
  readonly detail: string;
  /** Seconds since 1970; null when nobody noted it. */
  readonly since: number | null;
}

/** The one thing to say first: the trouble that a person should know before all others, else how far the release is. */
export function headline(machine: Machine, moment: Moment): Headline {
  const { trust, going, care, refusal } = machine.memory;
  return trust ?? going ?? care ?? refusal ?? progress(machine, moment);
}

/** All that is wrong now, most pressing first. A lost line is the least: the site works on. */
export function troubles({ memory }: Machine): readonly Trouble[] {
  return [memory.trust, memory.going, memory.care, memory.refusal, memory.contact].filter((trouble) => trouble !== null);
}

function progress(machine: Machine, moment: Moment): Headline {
  const { journal } = machine;
  const waits = applyEntry(machine, moment).waits;
  if (waits === "interrupted") return { reason: "interrupted", detail: "the release is tried again", since: null };
  if (waits !== undefined) return { reason: waits, detail: "a verified release waits", since: null };
  if (journal.candidate !== null) return { reason: "staged", detail: "a verified release is ready", since: null };
  if (journal.current !== null) return { reason: "committed", detail: "the release runs", since: null };
  return { reason: "not-started", detail: "no release was seen yet", since: null };
}
