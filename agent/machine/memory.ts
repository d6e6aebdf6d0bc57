import type { Reason } from "../../core/index.ts";
import type { FetchedTips } from "../../git/index.ts";
import type { SiteReport } from "../../wire/index.ts";
import type { SiteNote } from "../verify/freshness.ts";
import type { SlotFacts } from "./slot-facts.ts";
import type { Watch } from "./watch.ts";

/**
 * What the process knows and the journal does not. Lost with the process, and found again by polling once: nothing here is needed to be
 * safe. Times that end in `Ms` are on the monotonic clock. One flat record, told in slices, so that an action names fields and no path.
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

/** Something that is not as it should be, and since when (seconds since 1970). */
export interface Trouble {
  readonly reason: Reason;
  readonly detail: string;
  readonly since: number;
}

/** What a report says; counter, time, signature and free space are put in when it is written. */
export type ReportBody = Omit<SiteReport, "at" | "counter" | "storage">;

export interface PollingMemory {
  readonly pollAtMs: number;
  /** Polls that ended, well or not. */
  readonly polls: number;
  /** Fetches that failed in a row. */
  readonly failures: number;
  /** Somebody asked while a poll was under way: another follows at once. */
  readonly isAsked: boolean;
  /** Wall time of the last answer from the repository; null before the first. */
  readonly contactAt: number | null;
  /** The tips under judgement. */
  readonly tips: FetchedTips | null;
  /** The tips that need no second look. */
  readonly judged: FetchedTips | null;
  readonly pollTrouble: Trouble | null;
  readonly trustTrouble: Trouble | null;
  readonly refusal: Trouble | null;
}

export interface NoteMemory {
  /** When the freshness note is asked for next. */
  readonly noteAtMs: number;
  /** The newest freshness note, and why the last one was not believed. */
  readonly note: SiteNote | null;
  readonly noteFault: string | null;
}

/** Of a candidate on its way into the target. */
export interface WaitingMemory {
  /** The candidate's images are here. Asked again after each start. */
  readonly pulled: boolean;
  /** Pulls that failed in a row. */
  readonly pullFailures: number;
  /** Earliest next pull of the candidate's images. */
  readonly pullAtMs: number;
  /** Earliest next try of a candidate that was interrupted; the journal's `retryAt`, safe from a wall clock that jumps. */
  readonly retryAtMs: number;
  /** Earliest next question for a baseline, and since when it is asked in vain; a candidate that went in, or was replaced, begins anew. */
  readonly askAtMs: number;
  readonly askSinceMs: number | null;
  /** How often the candidate was staged and fell before it went in. */
  readonly falls: number;
  /** When an hour of an unsure clock is counted next. */
  readonly unsureAtMs: number;
  readonly rolloutTrouble: Trouble | null;
}

export interface TrialMemory {
  /** The health of what runs on trial, or of what the site went back to; the last one stays for the report. */
  readonly watch: Watch | null;
  /** Number of the newest question about health; an answer to an older one is dropped. */
  readonly round: number;
  /** Since when the current tree runs as far as this process knows: what was given less than its time is not yet ill. */
  readonly runsSinceMs: number;
  /** The release that ran gave way to the one before because a person asked: it was healthy once, unlike one that fails its trial. */
  readonly hasGivenWay: boolean;
  /** Of going back, should it be needed now. */
  readonly fallbackTrouble: Trouble | null;
}

export interface DriftMemory {
  readonly driftAtMs: number;
  /** The target was seen to hold the current tree since the site became DEGRADED, or since the start. */
  readonly isInPlace: boolean;
  /** A comparison of target and slot is under way; APPLY waits for it. */
  readonly isReconciling: boolean;
  readonly driftRepairs: number;
  /** When the last repairs were: many within a short time are another writer's work. */
  readonly driftRepairsMs: readonly number[];
  /** Of keeping the target as it should be. */
  readonly driftTrouble: Trouble | null;
}

export interface PruneMemory {
  /** The next try to remove what could not be removed; null when nothing is left to try. */
  readonly pruneAtMs: number | null;
  /** Objects that PRUNE could not remove, and why. */
  readonly blocked: readonly { readonly id: string; readonly detail: string }[];
}

export interface SlotMemory {
  readonly boot: string;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
  readonly previous: SlotFacts | null;
  /** The current slot cannot be read: it heals nothing, and its release is fetched again. */
  readonly currentIsVoid: boolean;
}

export interface PeopleMemory {
  /** End of the pause in the journal; 0 without one. */
  readonly pausedUntilMs: number;
  /** Somebody at the site wants the previous release back; done as soon as nothing is half done. */
  readonly isFallbackAsked: boolean;
  /** A person waits for one poll and what it leads to: what is ill now counts as ill. */
  readonly isHurried: boolean;
  /** The process is about to end: nothing new is begun. */
  readonly isStopping: boolean;
}

export interface ReportMemory {
  /** Earliest next report, after one that was lost. */
  readonly reportAtMs: number;
  /** The report as it was last written, without counter and time. */
  readonly reported: ReportBody | null;
}

/** Of a process that has just begun; `started` fills in what journal and slots know. */
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
    askAtMs: 0,
    askSinceMs: null,
    falls: 0,
    unsureAtMs: 0,
    rolloutTrouble: null,
    watch: null,
    round: 0,
    runsSinceMs: 0,
    hasGivenWay: false,
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
    isHurried: false,
    isStopping: false,
    reportAtMs: 0,
    reported: null,
  };
}
