import { printable, type Reason } from "../core/index.ts";
import type { Event, EventOf } from "./machine/event.ts";
import { headline } from "./machine/headline.ts";
import type { Machine } from "./machine/state.ts";
import type { Moment } from "./machine/moment.ts";

/** One JSON line of the log, without its time. Holds reasons and ids, never an address with credentials and never a file's content. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly state?: string;
  readonly reason?: Reason;
  readonly detail?: string;
  readonly seq?: number;
  readonly release?: number;
}

/** What is worth a line: a step that changed the journal, repaired something, or changed what is wrong. Idle polls say nothing. */
export function logLineOf(before: Machine, after: Machine, event: Event, moment: Moment): LogLine | undefined {
  const said = (machine: Machine): string => {
    const { trustTrouble, rolloutTrouble, driftTrouble, refusal, pollTrouble, driftRepairs } = machine.memory;
    return JSON.stringify([
      [trustTrouble, rolloutTrouble, driftTrouble, refusal, pollTrouble].map((trouble) => trouble?.reason),
      driftRepairs,
    ]);
  };
  if (after.journal === before.journal && said(before) === said(after)) return undefined;
  // A lost line is said once, when it is lost; what the release does is the headline otherwise.
  const { pollTrouble } = after.memory;
  const isContact = pollTrouble !== null && pollTrouble.reason !== before.memory.pollTrouble?.reason;
  const repairs = event.type === "reconciled" && event.repaired > 0 && after.memory.driftTrouble === null ? event : undefined;
  const { reason, detail } =
    repairs !== undefined
      ? { reason: undefined, detail: repairText(repairs) }
      : isContact
        ? pollTrouble
        : isAccepted(event, after)
          ? ACCEPTED
          : headline(after, moment);
  // Until it is staged the journal does not know it.
  const release = isAccepted(event, after) ? event.verified.commit : (after.journal.candidate ?? after.journal.current);
  const isTrouble =
    isContact ||
    [after.memory.trustTrouble, after.memory.rolloutTrouble, after.memory.driftTrouble, after.memory.refusal].some(
      (trouble) => trouble !== null,
    );
  return {
    level: isTrouble ? "warn" : "info",
    event: event.type,
    state: after.phase,
    ...(reason === undefined ? {} : { reason }),
    detail,
    ...(release === null ? {} : { seq: release.seq, release: release.release }),
  };
}

/** Names come from whoever changed the target. */
function repairText({ repaired, changed = [] }: EventOf<"reconciled">): string {
  const names = changed.map((name) => printable(name, 200));
  const more = repaired > names.length ? ` and ${repaired - names.length} more` : "";
  return `${repaired} differed from the release and ${repaired === 1 ? "was" : "were"} put back: ${names.join(", ")}${more}`;
}

/** The journal gives up a slot for what passed; the headline still speaks of what runs. */
const ACCEPTED = { reason: undefined, detail: "the release passed every check, and is written into its slot" };

function isAccepted(event: Event, { phase }: Machine): event is Extract<Event, { type: "accepted" }> {
  return event.type === "accepted" && phase === "STAGE";
}
