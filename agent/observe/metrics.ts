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
 * The state of the machine as metrics, built for each request. Holds ids, numbers and reason words, never a detail, because any user of the
 * box may read it.
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
    gauge("info", "Fleet, site and version of this agent; always 1.", [
      { labels: { fleet: settings.fleet, site: settings.site, version: settings.version }, value: 1 },
    ]),
    gauge(
      "state",
      "1 for the agent's current state, 0 for all others.",
      AGENT_STATES.map((state) => ({ labels: { state }, value: Number(state === phase) })),
    ),
    // The state alone is not enough: a degraded site is in FETCH while it polls.
    gauge(
      "degraded",
      "1 when going back failed or was not possible, also while the agent polls.",
      one(Number(journal.state === "DEGRADED")),
    ),
  ];
}

function releases({ journal }: Machine): Family[] {
  const slots = { running: journal.current, candidate: journal.candidate, previous: journal.previous };
  const samples = (field: "release" | "seq"): Sample[] =>
    Object.entries<JournalSlot | null>(slots).flatMap(([slot, held]) => (held ? [{ labels: { slot }, value: held[field] }] : []));
  return [
    gauge("release", "Release number of the running, the waiting and the previous release.", samples("release")),
    gauge("seq", "Site sequence number (seq) of the running, the waiting and the previous release.", samples("seq")),
    gauge("seen_seq", "Highest seq that passed every check.", one(journal.seen?.seq)),
    gauge("failed_trees", "Failed trees, which are not applied again before a higher seq.", one(journal.failed.length)),
    gauge("trust_version", "Newest accepted version of the trust document.", one(journal.trust.version)),
  ];
}

function polls(machine: Machine, moment: Moment): Family[] {
  const { memory, journal } = machine;
  const { contactAt } = memory;
  const apply = applyEntry(machine, moment).atMs;
  // Not negative after the wall clock was set back.
  const age = contactAt === null ? undefined : Math.max(0, seconds(moment) - contactAt);
  return [
    gauge("contact_age_seconds", "Seconds since the repository last answered this process.", one(age)),
    gauge("next_poll_seconds", "Seconds until the next poll.", one(untilSeconds(memory.pollAtMs, moment))),
    gauge(
      "next_apply_seconds",
      "Seconds until the waiting release may be applied; 0 when it may be applied now.",
      one(apply && untilSeconds(apply, moment)),
    ),
    gauge("poll_failures", "Consecutive failed polls.", one(memory.failures)),
    counter("polls_total", "Finished polls, successful or not, since this process started.", memory.polls),
    counter("reports_total", "Reports written by this site since its first start.", journal.counter),
  ];
}

function care(machine: Machine, moment: Moment): Family[] {
  const { memory, journal } = machine;
  const units = Object.entries(reportBody(machine, moment).units);
  const left = memory.current === null ? [] : leftOver(journal, memory.current);
  // Two troubles may have the same reason, but a series must be unique.
  const reasons = [...new Set(troubles(machine, moment).map(({ reason }) => reason))];
  return [
    counter("repaired_total", "Repaired differences between target and release.", memory.driftRepairs),
    gauge(
      "unit_health",
      "1 for the last observed health of each unit of the running release.",
      units.map(([unit, { health }]) => ({ labels: { unit, health }, value: 1 })),
    ),
    gauge(
      "missing_service",
      "1 for each Service that a probe names but agent.json does not map to a URL, so that the probe cannot run.",
      missingServices([memory.current, memory.candidate], machine.settings).map(({ unit, service }) => ({
        labels: { unit, service },
        value: 1,
      })),
    ),
    gauge("left_over_objects", "Objects of older releases that are kept because no plan consents to their removal.", one(left.length)),
    gauge("blocked_objects", "Objects that could not be removed; the agent tries again.", one(memory.blocked.length)),
    gauge("fallback_possible", "1 when the site can go back to its previous release now.", one(Number(ableToGoBack(machine)))),
    gauge(
      "trouble",
      "1 for the reason of each current trouble.",
      reasons.map((reason) => ({ labels: { reason }, value: 1 })),
    ),
  ];
}

function people(machine: Machine, moment: Moment): Family[] {
  const { paused, unsureSeconds } = machine.journal;
  const leftSeconds = paused === null ? 0 : Math.max(0, paused.until - seconds(moment));
  return [
    gauge("paused", "1 while a person has paused the agent.", one(Number(paused !== null))),
    gauge("paused_seconds", "Seconds until the pause ends.", one(paused === null ? undefined : leftSeconds)),
    gauge(
      "clock_unsure",
      "1 when the clock is behind the signing time of an accepted object.",
      one(Number(isClockUnsure(machine.journal, moment))),
    ),
    gauge("clock_unsure_seconds", "Seconds of running with an unsure clock since the last release was applied.", one(unsureSeconds)),
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
