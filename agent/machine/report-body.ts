import { isDeepStrictEqual } from "node:util";
import type { HealthWord, JournalSlot, ReportedRelease } from "../../wire/index.ts";
import { headline } from "./headline.ts";
import { staleSince } from "./withheld.ts";
import type { ReportBody } from "./memory.ts";
import { isClockUnsure, type Machine, seconds } from "./state.ts";
import type { Moment } from "./moment.ts";

/** A shorter loss of contact is not reported: each report costs two disk writes. */
export const STALE_SECONDS = 3_600;

/** The next report and its counter, or undefined when it would equal the last one. */
export function reportChange(machine: Machine, moment: Moment): { readonly body: ReportBody; readonly counter: number } | undefined {
  const body = reportBody(machine, moment);
  if (machine.memory.reported && isSameReport(body, machine.memory.reported)) return undefined;
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

/** The last observed health, of the trial or after going back. A unit that was not checked is never reported as healthy. */
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

/** A change of unit health alone makes no report: a flapping unit in DEGRADED would cost a disk write per check. The next report has it. */
function isSameReport({ units: _units, ...one }: ReportBody, { units: _others, ...other }: ReportBody): boolean {
  return isDeepStrictEqual(one, other);
}
