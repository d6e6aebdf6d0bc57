import type { Reason } from "../../core/index.ts";
import type { FetchedTips } from "../../git/index.ts";
import type { AgentState, Journal, PlanWindow, SiteReport } from "../../wire/index.ts";

/** What the world says with each event. The core has no clock and no dice of its own. */
export interface Moment {
  readonly wallMs: number;
  /** Never jumps; timers stand on it. */
  readonly monotonicMs: number;
  /** In [0, 1), drawn anew for each event. */
  readonly fraction: number;
}

/** What is fixed while the agent runs. */
export interface Settings {
  readonly fleet: string;
  readonly site: string;
  /** Version of this agent. */
  readonly version: string;
  /** The box's own interval, instead of the plan's. */
  readonly pollSeconds: number | undefined;
}

/** Something that is not as it should be, and since when (seconds since 1970). */
export interface Trouble {
  readonly reason: Reason;
  readonly detail: string;
  readonly since: number;
}

/** What the core needs of a staged tree's plan and commit; the files stay in the slot. */
export interface SlotFacts {
  readonly pollSeconds: number;
  readonly window: PlanWindow | null;
  readonly urgent: boolean;
  readonly units: readonly string[];
}

/** Lost with the process, and found again by polling once: nothing here is needed to be safe. */
export interface Memory {
  readonly boot: string;
  /** Timers on the monotonic clock. */
  readonly pollAtMs: number;
  readonly driftAtMs: number;
  readonly unsureAtMs: number;
  /** Wall time of the last answer from the repository; null before the first. */
  readonly contactAt: number | null;
  /** Fetches that failed in a row. */
  readonly failures: number;
  /** Somebody asked while a poll was under way: another follows at once. */
  readonly isAsked: boolean;
  /** Polls that ended, well or not. */
  readonly polls: number;
  /** A comparison of target and slot is under way; APPLY waits for it. */
  readonly healing: boolean;
  readonly repaired: number;
  /** The tips under judgement. */
  readonly tips: FetchedTips | null;
  /** The tips that need no second look. */
  readonly judged: FetchedTips | null;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
  /** The current slot cannot be read: it heals nothing, and its release is fetched again. */
  readonly currentIsVoid: boolean;
  readonly contact: Trouble | null;
  readonly trust: Trouble | null;
  readonly refusal: Trouble | null;
  /** Of a release on its way into the target. */
  readonly going: Trouble | null;
  /** Of keeping the target as it should be. */
  readonly care: Trouble | null;
  /** The report as it was last written, without counter and time. */
  readonly reported: ReportBody | null;
}

/** What a report says; counter, time, signature and free space are put in when it is written. */
export type ReportBody = Omit<SiteReport, "at" | "counter" | "storage">;

export interface Machine {
  readonly settings: Settings;
  readonly phase: AgentState;
  /** As it is on disk: the runner saves a changed journal before it starts any effect. */
  readonly journal: Journal;
  readonly memory: Memory;
}

export function seconds(moment: Moment): number {
  return Math.floor(moment.wallMs / 1000);
}

/** Where the agent stands when it does nothing: before the first COMMIT there is nothing to go back to. */
export function restPhase(journal: Journal): "PROVISIONING" | "IDLE" {
  return journal.current === null ? "PROVISIONING" : "IDLE";
}

export function isResting(phase: AgentState): boolean {
  return phase === "PROVISIONING" || phase === "IDLE";
}

/** A trouble that lasts keeps its beginning. */
export function troubleOf(reason: Reason, detail: string, moment: Moment, before: Trouble | null): Trouble {
  return { reason, detail, since: before?.reason === reason ? before.since : seconds(moment) };
}

/** The clock is behind something signed, so it is wrong; by how much, nobody here can say. */
export function isClockUnsure(journal: Journal, moment: Moment): boolean {
  return seconds(moment) < journal.signedTime;
}
