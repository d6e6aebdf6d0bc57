import { printable, type Reason, reasons } from "../core/index.ts";
import type { Event, EventOf } from "./machine/event.ts";
import { headline } from "./machine/headline.ts";
import type { Machine } from "./machine/state.ts";
import type { Moment } from "./machine/moment.ts";

/** One JSON line of the log, without its time. Holds reasons and ids, never an address with credentials or the content of a file. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly state?: string;
  readonly reason?: Reason;
  readonly detail?: string;
  readonly seq?: number;
  readonly release?: number;
}

/** Logged are steps that change the journal, repair drift, or change the troubles. An idle poll logs nothing. */
export function logLineOf(before: Machine, after: Machine, event: Event, moment: Moment): LogLine | undefined {
  const troublesText = (machine: Machine): string => {
    const { trustTrouble, rolloutTrouble, driftTrouble, refusal, pollTrouble, driftRepairs } = machine.memory;
    return JSON.stringify([
      [trustTrouble, rolloutTrouble, driftTrouble, refusal, pollTrouble].map((trouble) => trouble?.reason),
      driftRepairs,
    ]);
  };
  if (after.journal === before.journal && troublesText(before) === troublesText(after)) return undefined;
  // A lost connection is logged once, when it is lost; otherwise the line has the headline.
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
  // The journal does not have the release before it is staged.
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

/** The names are untrusted: they come from whoever changed the target. */
function repairText({ repaired, changed = [] }: EventOf<"reconciled">): string {
  const names = changed.map((name) => printable(name, 200));
  const more = repaired > names.length ? ` and ${repaired - names.length} more` : "";
  return `${repaired === 1 ? "1 difference" : `${repaired} differences`} from the release repaired: ${names.join(", ")}${more}`;
}

/** At this step the headline is still about the running release. */
const ACCEPTED = { reason: undefined, detail: "the release passed every check and is being written into its slot" };

function isAccepted(event: Event, { phase }: Machine): event is Extract<Event, { type: "accepted" }> {
  return event.type === "accepted" && phase === "STAGE";
}

/** For `once`, whose exit code 1 would otherwise have no explanation: the newest release failed before this process started, so the poll changed nothing. */
export function failedBefore(start: Machine, { journal, phase }: Machine): LogLine | undefined {
  const mark = journal.failed.find(({ seq }) => seq === journal.seen?.seq);
  if (mark === undefined || !start.journal.failed.some(({ seq }) => seq === mark.seq)) return undefined;
  const { seq, reason } = mark;
  const again =
    "it is not applied again before a release with a higher seq arrives, or somebody runs `skerry agent retry` while the agent runs";
  const detail = `the release with seq ${seq} failed before (${reason}: ${reasons[reason]}); ${again}`;
  return { level: "warn", event: "failed-before", state: phase, reason, detail, seq };
}
