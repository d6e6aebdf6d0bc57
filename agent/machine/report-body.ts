import { isDeepStrictEqual } from "node:util";
import type { HealthWord, JournalSlot, ReportedRelease } from "../../wire/index.ts";
import { headline } from "./headline.ts";
import { staleSince } from "./withheld.ts";
import type { ReportBody } from "./memory.ts";
import { isClockUnsure, type Machine, seconds } from "./state.ts";
import type { Moment } from "./moment.ts";

/** Contact that was lost for less is no news: each report costs the disk two writes. */
export const STALE_SECONDS = 3_600;

/** The next report and its counter, or undefined when it would say what the last one said. */
export function reportChange(machine: Machine, moment: Moment): { readonly body: ReportBody; readonly counter: number } | undefined {
  const body = reportBody(machine, moment);
  if (machine.memory.reported && saysTheSame(body, machine.memory.reported)) return undefined;
  return { body, counter: machine.journal.counter + 1 };
}

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
    units: unitHealth(machine),
    drift: { contested: [], repaired: memory.driftRepairs },
    stale: staleSince(machine, moment) ?? offlineSince(machine, moment),
    clock: { unsure: isClockUnsure(journal, moment) },
  };
}

function offlineSince({ memory: { pollTrouble } }: Machine, moment: Moment): number | null {
  return pollTrouble !== null && seconds(moment) - pollTrouble.since >= STALE_SECONDS ? pollTrouble.since : null;
}

/** As it was seen last, in the trial or after going back: nothing is called healthy that nobody looked at. */
function unitHealth({ memory }: Machine): ReportBody["units"] {
  const units = Object.keys(memory.current?.units ?? {});
  return Object.fromEntries(
    units.map((unit) => {
      const seen = (memory.watch?.probes ?? []).filter((probe) => probe.unit === unit);
      const worst = seen.reduce<HealthWord>((word, { health }) => (RANK.indexOf(health) > RANK.indexOf(word) ? health : word), "unprobed");
      return [unit, { health: worst, reason: worst === "healthy" ? "" : worst === "unhealthy" ? "unhealthy" : "unprobed" }];
    }),
  );
}

const RANK: readonly HealthWord[] = ["unprobed", "healthy", "progressing", "unknown", "unhealthy"];

function released(slot: JournalSlot | null): ReportedRelease | null {
  return slot && { release: slot.release, seq: slot.seq, tree: slot.tree };
}

/** The health of units alone is no news: one that flaps in DEGRADED would cost the disk a write with each look. It goes with the next. */
function saysTheSame({ units: _units, ...one }: ReportBody, { units: _others, ...other }: ReportBody): boolean {
  return isDeepStrictEqual(one, other);
}
