import { AGENT_STATES, type JournalSlot } from "../../wire/index.ts";
import { applyEntry } from "../machine/due.ts";
import { troubles } from "../machine/headline.ts";
import { isClockUnsure, type Machine, seconds } from "../machine/state.ts";
import { missingServices } from "../machine/services.ts";
import type { Moment } from "../machine/moment.ts";
import { reportBody } from "../machine/report-body.ts";
import { ableToGoBack } from "../machine/guards.ts";
import { leftOver } from "../machine/ownership.ts";
import { exposition, type Family, type Sample } from "./exposition.ts";

/**
 * What the machine knows, counted. Made when somebody asks and kept nowhere. Holds ids, numbers and reason words, never a detail: any
 * user of the box may read it.
 */
export function metricsText(machine: Machine, moment: Moment): string {
  return exposition([
    ...identity(machine),
    ...releases(machine),
    ...polls(machine, moment),
    ...care(machine, moment),
    ...people(machine, moment),
  ]);
}

function identity({ settings, phase, journal }: Machine): Family[] {
  return [
    gauge("info", "Who this agent is; always 1.", [
      { labels: { fleet: settings.fleet, site: settings.site, version: settings.version }, value: 1 },
    ]),
    gauge(
      "state",
      "1 for the state that the agent is in, 0 for all others.",
      AGENT_STATES.map((state) => ({ labels: { state }, value: Number(state === phase) })),
    ),
    // The state alone flickers: a degraded site polls.
    gauge("degraded", "Whether going back failed or did not help, also while the agent polls.", one(Number(journal.state === "DEGRADED"))),
  ];
}

function releases({ journal }: Machine): Family[] {
  const slots = { running: journal.current, candidate: journal.candidate, previous: journal.previous };
  const samples = (field: "release" | "seq"): Sample[] =>
    Object.entries<JournalSlot | null>(slots).flatMap(([slot, held]) => (held ? [{ labels: { slot }, value: held[field] }] : []));
  return [
    gauge("release", "Number of the release that runs, waits, or is kept to go back to.", samples("release")),
    gauge("seq", "The site's own number of that release.", samples("seq")),
    gauge("seen_seq", "Highest seq that passed every check.", one(journal.seen?.seq)),
    gauge("failed_trees", "Trees that are not applied again before a higher seq.", one(journal.failed.length)),
    gauge("trust_version", "Newest accepted version of the trust document.", one(journal.trust.version)),
  ];
}

function polls(machine: Machine, moment: Moment): Family[] {
  const { memory, journal } = machine;
  const { contactAt } = memory;
  const apply = applyEntry(machine, moment).atMs;
  // A wall clock that was set back makes no contact of the future.
  const age = contactAt === null ? undefined : Math.max(0, seconds(moment) - contactAt);
  return [
    gauge("contact_age_seconds", "Since the repository last answered this process.", one(age)),
    gauge("next_poll_seconds", "Until the next poll.", one(untilSeconds(memory.pollAtMs, moment))),
    gauge("next_apply_seconds", "Until the waiting release may go in; 0 when it may now.", one(apply && untilSeconds(apply, moment))),
    gauge("poll_failures", "Polls that failed in a row.", one(memory.failures)),
    counter("polls_total", "Polls that ended, well or not, since this process started.", memory.polls),
    counter("reports_total", "Reports that this site ever wrote.", journal.counter),
  ];
}

function care(machine: Machine, moment: Moment): Family[] {
  const { memory, journal } = machine;
  const units = Object.entries(reportBody(machine, moment).units);
  const left = memory.current === null ? [] : leftOver(journal, memory.current);
  // Two troubles may have one reason; a series is there once.
  const reasons = [...new Set(troubles(machine, moment).map(({ reason }) => reason))];
  return [
    counter("repaired_total", "Differences between target and release that were put back.", memory.driftRepairs),
    gauge(
      "unit_health",
      "1 for what was last seen of each unit of the running release.",
      units.map(([unit, { health }]) => ({ labels: { unit, health }, value: 1 })),
    ),
    gauge(
      "missing_service",
      "1 for each Service that a probe names and agent.json does not map to a URL: nothing is asked there.",
      missingServices([memory.current, memory.candidate], machine.settings).map(({ unit, service }) => ({
        labels: { unit, service },
        value: 1,
      })),
    ),
    gauge("left_over_objects", "Objects of older releases that no plan consented to remove.", one(left.length)),
    gauge("blocked_objects", "Objects that could not be removed and are tried again.", one(memory.blocked.length)),
    gauge("fallback_possible", "Whether the site could go back to its previous release now.", one(Number(ableToGoBack(machine)))),
    gauge(
      "trouble",
      "1 for each reason why something is not as it should be.",
      reasons.map((reason) => ({ labels: { reason }, value: 1 })),
    ),
  ];
}

function people(machine: Machine, moment: Moment): Family[] {
  const { paused, unsureSeconds } = machine.journal;
  const leftSeconds = paused === null ? 0 : Math.max(0, paused.until - seconds(moment));
  return [
    gauge("paused", "Whether a person paused the agent.", one(Number(paused !== null))),
    gauge("paused_seconds", "Until the pause ends by itself.", one(paused === null ? undefined : leftSeconds)),
    gauge("clock_unsure", "Whether the clock is behind something signed.", one(Number(isClockUnsure(machine.journal, moment)))),
    gauge("clock_unsure_seconds", "How long the clock was unsure since the last release went in.", one(unsureSeconds)),
  ];
}

function untilSeconds(atMs: number, { monotonicMs }: Moment): number {
  return Math.max(0, Math.round((atMs - monotonicMs) / 1000));
}

function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `skerry_agent_${name}`, type: "gauge", help, samples };
}

function counter(name: string, help: string, value: number): Family {
  return { name: `skerry_agent_${name}`, type: "counter", help, samples: [{ value }] };
}
