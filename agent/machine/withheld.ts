import type { Trouble } from "./memory.ts";
import { isClockUnsure, type Machine, seconds } from "./state.ts";
import type { Moment } from "./moment.ts";

/** Notes are written much more often than this. */
const NOTE_STALE_SECONDS = 8 * 86_400;

/**
 * T5: only the office's signed note distinguishes a server that withholds new releases from one without any. This is a warning for people;
 * it does not change what the site runs.
 */
export function withheld(machine: Machine, moment: Moment): Trouble | null {
  const { journal, memory } = machine;
  const { note, noteFault } = memory;
  if (noteFault !== null) return { reason: "withheld", detail: noteFault, since: memory.contactAt ?? seconds(moment) };
  if (note === null) return null;
  const seen = journal.seen?.seq ?? 0;
  if (note.seq !== null && note.seq > seen) {
    const detail = `the office's signed note names seq ${note.seq} for this site, but the repository shows ${seen}`;
    return { reason: "withheld", detail, since: note.at };
  }
  return staleSince(machine, moment) === null ? null : { reason: "withheld", detail: "no newer freshness note since then", since: note.at };
}

/** Since when it is not proved that nothing is withheld; with a wrong clock an age proves nothing. */
export function staleSince({ journal, memory: { note } }: Machine, moment: Moment): number | null {
  if (note === null || isClockUnsure(journal, moment)) return null;
  return seconds(moment) - note.at > NOTE_STALE_SECONDS ? note.at : null;
}
