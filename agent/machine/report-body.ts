import { canonicalJson } from "../../core/index.ts";
import type { JournalSlot, ReportedRelease } from "../../wire/index.ts";
import { headline } from "./headline.ts";
import { isClockUnsure, type Machine, type Moment, type ReportBody, seconds } from "./state.ts";

/** Contact that was lost for less is no news: each report costs the disk two writes. */
export const STALE_SECONDS = 3_600;

/** The next report and its counter, or undefined when it would say what the last one said. */
export function reportChange(machine: Machine, moment: Moment): { readonly body: ReportBody; readonly counter: number } | undefined {
  const body = reportBody(machine, moment);
  if (machine.memory.reported && saidOf(body) === saidOf(machine.memory.reported)) return undefined;
  return { body, counter: machine.journal.counter + 1 };
}

/** Units are `unprobed` while there is no trial: nothing is called healthy that nobody looked at. */
export function reportBody(machine: Machine, moment: Moment): ReportBody {
  const { settings, journal, memory, phase } = machine;
  const { reason } = headline(machine, moment);
  const before = memory.reported;
  const isSame = before !== null && before.state === phase && before.reason === reason;
  return {
    format: "skerry.report/1",
    fleet: settings.fleet,
    site: settings.site,
    agent: settings.version,
    state: phase,
    since: isSame ? before.since : seconds(moment),
    reason,
    running: released(journal.current),
    candidate: released(journal.candidate),
    failed: journal.failed,
    units: Object.fromEntries((memory.current?.units ?? []).map((unit) => [unit, { health: "unprobed", reason: "unprobed" }])),
    drift: { contested: [], repaired: memory.repaired },
    stale: memory.contact !== null && seconds(moment) - memory.contact.since >= STALE_SECONDS ? memory.contact.since : null,
    clock: { unsure: isClockUnsure(journal, moment) },
  };
}

function released(slot: JournalSlot | null): ReportedRelease | null {
  return slot && { release: slot.release, seq: slot.seq, tree: slot.tree };
}

function saidOf(body: ReportBody): string {
  return canonicalJson(body);
}
