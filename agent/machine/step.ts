import type { AgentState, Journal } from "../../wire/index.ts";
import type { Change } from "./action.ts";
import { applyEntry } from "./due.ts";
import type { Effect, Event } from "./event.ts";
import { reportChange } from "./report-body.ts";
import { isResting, type Machine, restPhase } from "./state.ts";
import type { Moment } from "./moment.ts";
import { DURABLE, type Row, TABLE, type To } from "./table.ts";

export interface Step {
  readonly machine: Machine;
  /** Started in this order once the journal is durable. */
  readonly effects: readonly Effect[];
}

/** The whole agent as one pure function. Throws when no row fits: that is a bug, and stopping is safe. */
export function step(machine: Machine, event: Event, moment: Moment): Step {
  const row = rowOf(machine, event, moment);
  const effects: Effect[] = [];
  let next = machine;
  for (const action of row.actions) {
    const change = action(next, event, moment);
    next = changed(next, change);
    effects.push(...(change.effects ?? []));
  }
  next = enter(next, phaseOf(row.to, next));
  const isTime = isResting(next.phase) && !isAboutToApply(next, moment) && moment.monotonicMs >= next.memory.reportAtMs;
  const report = isTime ? reportChange(next, moment) : undefined;
  if (report) {
    next = { ...next, journal: { ...next.journal, counter: report.counter }, memory: { ...next.memory, reported: report.body } };
    effects.push({ do: "report", ...report });
  }
  return { machine: numbered(machine, next), effects };
}

function changed({ journal, memory, ...machine }: Machine, change: Change): Machine {
  return {
    ...machine,
    journal: change.journal === undefined ? journal : written(journal, change.journal),
    memory: change.memory === undefined ? memory : { ...memory, ...change.memory },
  };
}

/** A field that is undefined in the change is removed: a record field is present or absent. */
function written(journal: Journal, change: NonNullable<Change["journal"]>): Journal {
  const { interruptions, isCure, ...fields } = { ...journal, ...change };
  return { ...fields, ...(interruptions === undefined ? {} : { interruptions }), ...(isCure === undefined ? {} : { isCure }) };
}

/** No report for a rest that ends at once: the one after COMMIT has everything. */
function isAboutToApply(machine: Machine, moment: Moment): boolean {
  const { atMs } = applyEntry(machine, moment);
  return atMs !== undefined && atMs <= moment.monotonicMs;
}

function rowOf(machine: Machine, event: Event, moment: Moment): Row {
  const { phase } = machine;
  const fits = (row: Row): boolean =>
    row.on === event.type &&
    (row.from === phase || row.from === "ANY" || (row.from === "RESTING" && isResting(phase))) &&
    (row.when === undefined || row.when(machine, event, moment));
  const found = TABLE.find(fits);
  if (!found) throw new Error(`the transition table has no row for "${event.type}" in ${phase}`);
  return found;
}

function phaseOf(to: To, machine: Machine): AgentState {
  if (to === "SAME") return machine.phase;
  if (to === "REST") return restPhase(machine);
  return to === "BACK" ? backPhase(machine) : to;
}

/** After `goBack`, which has made the new tree the current one when its data cannot be taken back. */
function backPhase({ journal }: Machine): AgentState {
  if (journal.current === null) return "PROVISIONING";
  return journal.candidate === null ? "DEGRADED" : "FALLBACK";
}

function enter(machine: Machine, phase: AgentState): Machine {
  if (!DURABLE.includes(phase)) return { ...machine, phase };
  return { ...machine, phase, journal: { ...machine.journal, state: phase } };
}

/** Most steps change no field, and comparing serialized journals would be most of their cost. */
function isSameJournal(one: Journal, other: Journal): boolean {
  const fields = Object.keys(other) as (keyof Journal)[];
  if (Object.keys(one).length === fields.length && fields.every((field) => one[field] === other[field])) return true;
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A changed journal gets the next number; an unchanged one stays the same object, and is not written. */
function numbered(before: Machine, after: Machine): Machine {
  if (isSameJournal(before.journal, after.journal)) return { ...after, journal: before.journal };
  // The boot of the first counted start is kept.
  const boot = before.journal.starts > 0 && after.journal.starts > 0 ? before.journal.boot : after.memory.boot;
  return { ...after, journal: { ...after.journal, record: before.journal.record + 1, boot } };
}
