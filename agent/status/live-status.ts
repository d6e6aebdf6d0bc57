import type { Reason } from "../../core/index.ts";
import type { AgentState } from "../../wire/index.ts";
import { noWayBack } from "../machine/answers.ts";
import { applyEntry } from "../machine/due.ts";
import { ableToGoBack } from "../machine/guards.ts";
import { headline, troubles } from "../machine/headline.ts";
import { leftOver } from "../machine/ownership.ts";
import type { Trouble } from "../machine/memory.ts";
import { isClockUnsure, type Machine, seconds } from "../machine/state.ts";
import { hasAddress, type MissingService, missingServices } from "../machine/services.ts";
import type { Moment } from "../machine/moment.ts";
import { type NextStep, nextSteps } from "./next-steps.ts";
import { type LastCheck, lastLook, trialProgress, type TrialProgress } from "./trial-progress.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** What only the running agent knows, built for each request. All times in seconds since 1970. */
export interface LiveStatus {
  readonly format: "skerry.status/1";
  readonly at: number;
  readonly state: AgentState;
  /** Also while the agent polls: the state is FETCH then. */
  readonly isDegraded: boolean;
  readonly reason: Reason;
  readonly detail: string;
  readonly troubles: readonly Trouble[];
  /** When the repository last answered this process. */
  readonly contactAt: number | null;
  /** Fetches that failed in a row. */
  readonly failures: number;
  /** When the candidate may be applied; null without a candidate, or when it waits for something else than a time. */
  readonly applyAt: number | null;
  /** What the candidate waits for. */
  readonly waits: Reason | null;
  readonly trial: TrialProgress | null;
  readonly next: readonly NextStep[];
  /** The release that `skerry agent fallback` would go back to now. */
  readonly fallbackTo: number | null;
  /** Why going back is not possible; null when it is. */
  readonly noWayBack: { readonly reason: Reason; readonly why: string } | null;
  /** Result of the last health check of the running release's units; null while `trial` has it, and without probes. */
  readonly lastLook: LastCheck | null;
  /** Units of the running release without a working probe. */
  readonly unprobed: readonly string[];
  /** Services that probes of the running or the waiting release name but agent.json does not map to a URL. */
  readonly missingServices: readonly MissingService[];
  /** Objects of older releases that are kept because no plan consents to their removal. */
  readonly leftOver: readonly string[];
  /** Objects that could not be removed, and why. */
  readonly blocked: readonly { readonly id: string; readonly detail: string }[];
  readonly repaired: number;
  readonly clockUnsure: boolean;
  /** The newest signing time among the accepted objects. */
  readonly signedTime: number;
}

export function liveStatus(machine: Machine, moment: Moment): LiveStatus {
  const { journal, memory, phase } = machine;
  const { reason, detail } = headline(machine, moment);
  const entry = applyEntry(machine, moment);
  return {
    format: "skerry.status/1",
    at: seconds(moment),
    state: phase,
    isDegraded: journal.state === "DEGRADED",
    reason,
    detail,
    troubles: troubles(machine, moment),
    contactAt: memory.contactAt,
    failures: memory.failures,
    applyAt: entry.atMs === undefined ? null : wallSeconds(entry.atMs, moment),
    waits: entry.waits ?? null,
    trial: trialProgress(machine),
    next: nextSteps(machine, moment),
    fallbackTo: ableToGoBack(machine) ? goalOf(machine) : null,
    noWayBack: ableToGoBack(machine) ? null : noWayBack(machine),
    lastLook: lastLook(machine, moment),
    unprobed: unprobedUnits(machine),
    missingServices: missingServices([memory.current, memory.candidate], machine.settings),
    leftOver: memory.current === null ? [] : leftOver(journal, memory.current),
    blocked: memory.blocked,
    repaired: memory.driftRepairs,
    clockUnsure: isClockUnsure(journal, moment),
    signedTime: journal.signedTime,
  };
}

/** During APPLY and TRIAL the agent goes back to the current release, otherwise to the previous one. */
function goalOf({ phase, journal }: Machine): number | null {
  const goal = phase === "APPLY" || phase === "TRIAL" ? journal.current : journal.previous;
  return goal?.release ?? null;
}

/** Units without a probe in plan and agent.json, and units none of whose probes can be run. One that runs is enough. */
function unprobedUnits({ phase, memory, settings }: Machine): readonly string[] {
  const { current, watch } = memory;
  if (current === null) return [];
  // During a trial the watch is on the candidate.
  const seen = phase === "TRIAL" ? [] : (watch?.probes ?? []);
  return Object.keys(current.units).filter((unit) => {
    if (!current.probes.some((each) => each.unit === unit && hasAddress(each.probe, settings))) return true;
    const answers = seen.filter((probe) => probe.unit === unit);
    return answers.length > 0 && answers.every(({ health }) => health === "unprobed");
  });
}
