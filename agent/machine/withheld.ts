import type { Trouble } from "./memory.ts";
import { isClockUnsure, type Machine, seconds } from "./state.ts";
import type { Moment } from "./moment.ts";

/** Notes are written far more often. */
const NOTE_STALE_SECONDS = 8 * 86_400;

/**
 * T5: a server that shows an old state for ever is not told from one without news, but by the office's signed note. It warns people;
 * what the site runs does not hang on it.
 */
export function withheld(machine: Machine, moment: Moment): Trouble | null {
  const { journal, memory } = machine;
  const { note, noteFault } = memory;
  if (noteFault !== null) return { reason: "withheld", detail: noteFault, since: memory.contactAt ?? seconds(moment) };
  if (note === null) return null;
  const seen = journal.seen?.seq ?? 0;
  if (note.seq !== null && note.seq > seen) {
    const detail = `the office says that this site should have seq ${note.seq}, and the repository shows ${seen}`;
    return { reason: "withheld", detail, since: note.at };
  }
  return staleSince(machine, moment) === null ? null : { reason: "withheld", detail: "no newer note came since", since: note.at };
}

/** Since when no news is proved; a clock that is wrong proves nothing about age. */
export function staleSince({ journal, memory: { note } }: Machine, moment: Moment): number | null {
  if (note === null || isClockUnsure(journal, moment)) return null;
  return seconds(moment) - note.at > NOTE_STALE_SECONDS ? note.at : null;
}
