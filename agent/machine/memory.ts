import type { Reason } from "../../core/index.ts";
import type { FetchedTips } from "../../git/index.ts";
import type { SiteReport } from "../../wire/index.ts";
import type { SiteNote } from "../verify/freshness.ts";
import type { SlotFacts } from "./slot-facts.ts";
import type { Watch } from "./watch.ts";

/**
 * State that is not in the journal. It is lost with the process and restored by one poll; safety does not depend on it. Times that end in `Ms`
 * are on the monotonic clock. One flat record, declared in slices, so that an action names fields without a path.
 */
export type Memory = PollingMemory &
  NoteMemory &
  WaitingMemory &
  TrialMemory &
  DriftMemory &
  PruneMemory &
  SlotMemory &
  PeopleMemory &
  ReportMemory;

/** A current fault, and since when (seconds since 1970). */
export interface Trouble {
  readonly reason: Reason;
  readonly detail: string;
  readonly since: number;
}

/** The content of a report; counter, time, signature and free space are added when it is written. */
export type ReportBody = Omit<SiteReport, "at" | "counter" | "storage">;

export interface PollingMemory {
  readonly pollAtMs: number;
  /** Finished polls, successful or not. */
  readonly polls: number;
  /** Consecutive failed polls. */
  readonly failures: number;
  /** A poll was requested during a poll: another one follows at once. */
  readonly isAsked: boolean;
  /** Wall time of the repository's last answer; null before the first. */
  readonly contactAt: number | null;
  /** The tips that are being judged. */
  readonly tips: FetchedTips | null;
  /** The tips that were judged completely. */
  readonly judged: FetchedTips | null;
  readonly pollTrouble: Trouble | null;
  readonly trustTrouble: Trouble | null;
  readonly refusal: Trouble | null;
}

export interface NoteMemory {
  /** When the freshness note is fetched next. */
  readonly noteAtMs: number;
  /** The newest freshness note, and why the last one was refused. */
  readonly note: SiteNote | null;
  readonly noteFault: string | null;
}

/** About a candidate before APPLY. */
export interface WaitingMemory {
  /** The candidate's images are on the box. Checked again after each start. */
  readonly pulled: boolean;
  /** Consecutive failed pulls. */
  readonly pullFailures: number;
  /** Earliest next pull of the candidate's images. */
  readonly pullAtMs: number;
  /** Earliest next attempt after an interruption: the journal's `retryAt` on the monotonic clock. */
  readonly retryAtMs: number;
  /** Earliest next baseline check, and time of the first one of the series; reset when the candidate is applied or replaced. */
  readonly baselineAtMs: number;
  readonly baselineSinceMs: number | null;
  /** How often in a row a staged candidate failed its recheck. */
  readonly falls: number;
  /** When the next hour of an unsure clock is counted. */
  readonly unsureAtMs: number;
  readonly rolloutTrouble: Trouble | null;
}

export interface TrialMemory {
  /** The watch on the trial, or on the release that the site went back to; the last one stays for the report. */
  readonly watch: Watch | null;
  /** Number of the newest health check; results of older ones are dropped. */
  readonly round: number;
  /** Since when the current tree runs, as far as this process knows. Before its deadline a unit does not count as unhealthy. */
  readonly runsSinceMs: number;
  /** The fallback was requested by a person: the release that ran was healthy, unlike one that failed its trial. */
  readonly isOperatorFallback: boolean;
  /** Why going back may not work. */
  readonly fallbackTrouble: Trouble | null;
}

export interface DriftMemory {
  readonly driftAtMs: number;
  /** A check found the current tree at the target since the start, or since the site became DEGRADED. */
  readonly isInPlace: boolean;
  /** A drift check is running; APPLY waits for it. */
  readonly isReconciling: boolean;
  readonly driftRepairs: number;
  /** Times of the last repairs: many within a short time mean another writer. */
  readonly driftRepairsMs: readonly number[];
  /** A fault of drift repair, or why the site is DEGRADED. */
  readonly driftTrouble: Trouble | null;
}

export interface PruneMemory {
  /** Next attempt to remove blocked objects; null without any. */
  readonly pruneAtMs: number | null;
  /** Objects that PRUNE could not remove, with the reason. */
  readonly blocked: readonly { readonly id: string; readonly detail: string }[];
}

export interface SlotMemory {
  readonly boot: string;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
  readonly previous: SlotFacts | null;
  /** The current slot cannot be read: drift is not repaired from it, and its release is fetched again. */
  readonly currentIsVoid: boolean;
}

export interface PeopleMemory {
  /** End of the pause in the journal; 0 without one. */
  readonly pausedUntilMs: number;
  /** A person asked for the previous release; done as soon as the current step allows it. */
  readonly isFallbackAsked: boolean;
  /** A person ran `once` and waits for its end: a unit that is unhealthy now counts as unhealthy at once. */
  readonly isPersonWaiting: boolean;
  /** The process is stopping: nothing new is begun. */
  readonly isStopping: boolean;
}

export interface ReportMemory {
  /** Earliest next report after a lost one. */
  readonly reportAtMs: number;
  /** The last written report, without counter and time. */
  readonly reported: ReportBody | null;
}

/** The memory of a new process; the event `started` adds what journal and slots have. */
export function emptyMemory(boot: string): Memory {
  return {
    pollAtMs: 0,
    polls: 0,
    failures: 0,
    isAsked: false,
    contactAt: null,
    tips: null,
    judged: null,
    pollTrouble: null,
    trustTrouble: null,
    refusal: null,
    noteAtMs: 0,
    note: null,
    noteFault: null,
    pulled: false,
    pullFailures: 0,
    pullAtMs: 0,
    retryAtMs: 0,
    baselineAtMs: 0,
    baselineSinceMs: null,
    falls: 0,
    unsureAtMs: 0,
    rolloutTrouble: null,
    watch: null,
    round: 0,
    runsSinceMs: 0,
    isOperatorFallback: false,
    fallbackTrouble: null,
    driftAtMs: 0,
    isInPlace: false,
    isReconciling: false,
    driftRepairs: 0,
    driftRepairsMs: [],
    driftTrouble: null,
    pruneAtMs: null,
    blocked: [],
    boot,
    current: null,
    candidate: null,
    previous: null,
    currentIsVoid: false,
    pausedUntilMs: 0,
    isFallbackAsked: false,
    isPersonWaiting: false,
    isStopping: false,
    reportAtMs: 0,
    reported: null,
  };
}
