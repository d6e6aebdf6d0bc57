import type { Reason } from "../../core/index.ts";
import type { AgentState } from "../../wire/index.ts";
import { noWayBack } from "../machine/answers.ts";
import { applyEntry } from "../machine/due.ts";
import { ableToGoBack } from "../machine/guards.ts";
import { headline, troubles } from "../machine/headline.ts";
import { leftOver } from "../machine/ownership.ts";
import type { Trouble } from "../machine/memory.ts";
import { isClockUnsure, type Machine, seconds } from "../machine/state.ts";
import { type MissingService, missingServices } from "../machine/services.ts";
import type { Moment } from "../machine/moment.ts";
import { type NextStep, nextSteps } from "./next-steps.ts";
import { type LastLook, lastLook, trialProgress, type TrialProgress } from "./trial-progress.ts";
import { wallSeconds } from "./wall-seconds.ts";

/** What only the living agent knows, made when somebody asks. All times in seconds since 1970. */
export interface LiveStatus {
  readonly format: "skerry.status/1";
  readonly at: number;
  readonly state: AgentState;
  /** Also while the agent polls: the state is FETCH then. */
  readonly isDegraded: boolean;
  readonly reason: Reason;
  readonly detail: string;
  readonly troubles: readonly Trouble[];
  /** Last answer of the repository to this process. */
  readonly contactAt: number | null;
  /** Fetches that failed in a row. */
  readonly failures: number;
  /** When the candidate may be applied; null without one, or when that hangs on something else than time. */
  readonly applyAt: number | null;
  /** What the candidate waits for. */
  readonly waits: Reason | null;
  readonly trial: TrialProgress | null;
  readonly next: readonly NextStep[];
  /** The release that `skerry agent fallback` would go back to now. */
  readonly fallbackTo: number | null;
  /** Why it would go back to none; null when it could. */
  readonly noWayBack: { readonly reason: Reason; readonly why: string } | null;
  /** What the units of the running release said when they were asked last; null where the trial says it, and where none is asked. */
  readonly lastLook: LastLook | null;
  /** Units of the running release that nothing asks whether they are well. */
  readonly unprobed: readonly string[];
  /** Services that probes of the running and the waiting release name, and that agent.json does not map to a URL. */
  readonly missingServices: readonly MissingService[];
  /** Objects of older releases that stay because no plan consented to their removal. */
  readonly leftOver: readonly string[];
  /** Objects that could not be removed, and why. */
  readonly blocked: readonly { readonly id: string; readonly detail: string }[];
  readonly repaired: number;
  readonly clockUnsure: boolean;
  /** The newest time that something accepted carries. */
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

/** While a release goes in or is on trial the current one is what is gone back to; at rest it is the previous one. */
function goalOf({ phase, journal }: Machine): number | null {
  const goal = phase === "APPLY" || phase === "TRIAL" ? journal.current : journal.previous;
  return goal?.release ?? null;
}

/** Without a probe in plan and agent.json, or with probes of which none could be made. */
function unprobedUnits({ phase, memory }: Machine): readonly string[] {
  const { current, watch } = memory;
  if (current === null) return [];
  // On trial it is the candidate that is watched.
  const seen = phase === "TRIAL" ? [] : (watch?.probes ?? []);
  return Object.keys(current.units).filter((unit) => {
    if (!current.probes.some((probe) => probe.unit === unit)) return true;
    const answers = seen.filter((probe) => probe.unit === unit);
    return answers.length > 0 && answers.every(({ health }) => health === "unprobed");
  });
}
