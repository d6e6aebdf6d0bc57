import type { Reason } from "../../core/index.ts";
import { applyEntry } from "./due.ts";
import type { Trouble } from "./memory.ts";
import type { Machine } from "./state.ts";
import { missingServices, missingText } from "./services.ts";
import type { Moment } from "./moment.ts";
import { hasVerdict } from "./watch.ts";
import { withheld } from "./withheld.ts";

export interface Headline {
  readonly reason: Reason;
  readonly detail: string;
  /** Seconds since 1970; null when it was not recorded. */
  readonly since: number | null;
}

/** The most important fact: the most pressing trouble, else the progress of the release. */
export function headline(machine: Machine, moment: Moment): Headline {
  const { trustTrouble, rolloutTrouble, driftTrouble, refusal } = machine.memory;
  return (
    trustTrouble ?? underWay(machine) ?? driftTrouble ?? rolloutTrouble ?? refusal ?? lastVerdict(machine) ?? progress(machine, moment)
  );
}

/** All current troubles, most pressing first. A lost connection comes last, because the site keeps working. */
export function troubles(machine: Machine, moment: Moment): readonly Trouble[] {
  const { trustTrouble, driftTrouble, rolloutTrouble, refusal, fallbackTrouble, pollTrouble } = machine.memory;
  return [trustTrouble, driftTrouble, rolloutTrouble, refusal, fallbackTrouble, withheld(machine, moment), pollTrouble].filter(
    (trouble) => trouble !== null,
  );
}

function underWay({ phase, journal, memory }: Machine): Headline | null {
  if (phase === "FALLBACK" || phase === "CHECK") {
    const why = memory.rolloutTrouble === null ? "" : `: ${memory.rolloutTrouble.detail}`;
    return { reason: "fallback", detail: `going back to release ${journal.current?.release}${why}`, since: null };
  }
  if (phase !== "APPLY" && phase !== "TRIAL") return null;
  const word = phase === "TRIAL" ? "is on trial" : "is being applied";
  return { reason: "on-trial", detail: `release ${journal.candidate?.release} ${word}`, since: null };
}

/** After a restart only the journal knows that the newest release failed; the detail was lost with the old process. */
function lastVerdict({ journal }: Machine): Headline | null {
  const mark = journal.failed.find(({ seq }) => seq === journal.seen?.seq);
  return mark === undefined
    ? null
    : { reason: mark.reason, detail: `the release with seq ${mark.seq} failed, and the site went back`, since: null };
}

function progress(machine: Machine, moment: Moment): Headline {
  const { journal, memory, phase } = machine;
  const waits = applyEntry(machine, moment).waits;
  if (phase === "RETIRED") return { reason: "retired", detail: "the site is retired, and the agent follows no release", since: null };
  if (journal.paused !== null) return { reason: "paused", detail: journal.paused.why, since: null };
  if (waits === "interrupted") return { reason: "interrupted", detail: "the release is applied again later", since: null };
  if (waits === "settling")
    return { reason: waits, detail: "a release is waiting until the running one has had its time to become healthy", since: null };
  if (waits === "image-not-available") return { reason: "staged", detail: "a verified release is waiting for its images", since: null };
  if (waits !== undefined) return { reason: waits, detail: "a verified release is waiting", since: null };
  if (journal.candidate !== null && memory.candidate !== null) {
    return { reason: "staged", detail: "a verified release is ready", since: null };
  }
  if (journal.current === null) return { reason: "not-started", detail: "no release has been seen yet", since: null };
  if (isUnproven(machine)) {
    const why = missingText(missingServices([memory.current], machine.settings));
    const detail = `the release runs, but no probe could check its health${why === undefined ? "" : `: ${why}`}`;
    return { reason: "unproven", detail, since: null };
  }
  return { reason: "committed", detail: "the release runs", since: null };
}

/** A16. After a restart there is no watch, and only the plan tells whether there are probes. */
export function isUnproven({ memory }: Machine): boolean {
  if (memory.watch !== null && memory.watch.probes.length > 0) return !hasVerdict(memory.watch);
  return memory.current?.probes.length === 0;
}
