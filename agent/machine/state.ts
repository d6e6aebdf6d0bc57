import type { Reason } from "../../core/index.ts";
import type { FetchedTips } from "../../git/index.ts";
import type { AgentState, Journal, SiteReport } from "../../wire/index.ts";
import type { SiteNote } from "../verify/freshness.ts";
import type { Moment } from "./moment.ts";
import type { SlotFacts } from "./slot-facts.ts";
import type { Watch } from "./watch.ts";

/** What is fixed while the agent runs. */
export interface AgentSettings {
  readonly fleet: string;
  readonly site: string;
  /** Version of this agent. */
  readonly version: string;
  /** The box's own interval, instead of the plan's. */
  readonly pollSeconds: number | undefined;
  /** The target's: a trial begins this long after the last write. */
  readonly settleSeconds: number;
  /** Whether the box has an image store to pull into. */
  readonly hasImages: boolean;
}

/** Something that is not as it should be, and since when (seconds since 1970). */
export interface Trouble {
  readonly reason: Reason;
  readonly detail: string;
  readonly since: number;
}

/** Lost with the process, and found again by polling once: nothing here is needed to be safe. */
export interface Memory {
  readonly boot: string;
  /** Timers on the monotonic clock. */
  readonly pollAtMs: number;
  readonly driftAtMs: number;
  readonly unsureAtMs: number;
  /** Earliest next pull of the candidate's images. */
  readonly pullAtMs: number;
  /** Earliest next try of a candidate that was interrupted; the journal's `retryAt`, safe from a wall clock that jumps. */
  readonly retryAtMs: number;
  /** End of the pause in the journal; 0 without one. */
  readonly pausedUntilMs: number;
  /** The next try to remove what could not be removed; null when nothing is left to try. */
  readonly pruneAtMs: number | null;
  /** When the freshness note is asked for next. */
  readonly noteAtMs: number;
  /** The newest freshness note, and why the last one was not believed. */
  readonly note: SiteNote | null;
  readonly noteFault: string | null;
  /** Wall time of the last answer from the repository; null before the first. */
  readonly contactAt: number | null;
  /** Fetches that failed in a row. */
  readonly failures: number;
  /** Somebody asked while a poll was under way: another follows at once. */
  readonly isAsked: boolean;
  /** Polls that ended, well or not. */
  readonly polls: number;
  /** Since when the current tree runs as far as this process knows: what was given less than its time is not yet ill. */
  readonly runsSinceMs: number;
  /** Earliest next question for a baseline, and since when it is asked in vain; a candidate that went in, or was replaced, begins anew. */
  readonly askAtMs: number;
  readonly askSinceMs: number | null;
  /** How often the candidate was staged and fell before it went in. */
  readonly falls: number;
  /** A person waits for one poll and what it leads to: what is ill now counts as ill. */
  readonly isHurried: boolean;
  /** The process is about to end: nothing new is begun. */
  readonly isStopping: boolean;
  /** The target was seen to hold the current tree since the site became DEGRADED, or since the start. */
  readonly isInPlace: boolean;
  /** A comparison of target and slot is under way; APPLY waits for it. */
  readonly isReconciling: boolean;
  readonly driftRepairs: number;
  /** When the last repairs were, on the monotonic clock: many within a short time are another writer's work. */
  readonly driftRepairsMs: readonly number[];
  /** The candidate's images are here. Asked again after each start. */
  readonly pulled: boolean;
  /** Pulls that failed in a row. */
  readonly pullFailures: number;
  /** Somebody at the site wants the previous release back; done as soon as nothing is half done. */
  readonly isFallbackAsked: boolean;
  /** The release that ran gave way to the one before because a person asked: it was healthy once, unlike one that fails its trial. */
  readonly hasGivenWay: boolean;
  /** The health of what runs on trial, or of what the site went back to; the last one stays for the report. */
  readonly watch: Watch | null;
  /** Number of the newest question about health; an answer to an older one is dropped. */
  readonly round: number;
  /** Objects that PRUNE could not remove, and why. */
  readonly blocked: readonly { readonly id: string; readonly detail: string }[];
  /** The tips under judgement. */
  readonly tips: FetchedTips | null;
  /** The tips that need no second look. */
  readonly judged: FetchedTips | null;
  readonly current: SlotFacts | null;
  readonly candidate: SlotFacts | null;
  readonly previous: SlotFacts | null;
  /** The current slot cannot be read: it heals nothing, and its release is fetched again. */
  readonly currentIsVoid: boolean;
  readonly pollTrouble: Trouble | null;
  readonly trustTrouble: Trouble | null;
  readonly refusal: Trouble | null;
  /** Of a release on its way into the target. */
  readonly rolloutTrouble: Trouble | null;
  /** Of keeping the target as it should be. */
  readonly driftTrouble: Trouble | null;
  /** Of going back, should it be needed now. */
  readonly fallbackTrouble: Trouble | null;
  /** Earliest next report, after one that was lost. */
  readonly reportAtMs: number;
  /** The report as it was last written, without counter and time. */
  readonly reported: ReportBody | null;
}

/** What a report says; counter, time, signature and free space are put in when it is written. */
export type ReportBody = Omit<SiteReport, "at" | "counter" | "storage">;

export interface Machine {
  readonly settings: AgentSettings;
  readonly phase: AgentState;
  /** As it is on disk: the runner saves a changed journal before it starts any effect. */
  readonly journal: Journal;
  readonly memory: Memory;
}

export function seconds(moment: Moment): number {
  return Math.floor(moment.wallMs / 1000);
}

/** Where the agent stands when it does nothing. The journal's state stays DEGRADED while the agent polls out of it. */
export function restPhase({ journal, memory }: Machine): RestPhase {
  if (journal.current === null) return "PROVISIONING";
  if (memory.current?.retired || journal.state === "RETIRED") return "RETIRED";
  return journal.state === "DEGRADED" ? "DEGRADED" : "IDLE";
}

const REST_PHASES = ["PROVISIONING", "IDLE", "DEGRADED", "RETIRED"] as const;
export type RestPhase = (typeof REST_PHASES)[number];

export function isResting(phase: AgentState): phase is RestPhase {
  return (REST_PHASES as readonly AgentState[]).includes(phase);
}

/** A trouble that lasts keeps its beginning. */
export function troubleOf(reason: Reason, detail: string, moment: Moment, before: Trouble | null): Trouble {
  return { reason, detail, since: before?.reason === reason ? before.since : seconds(moment) };
}

/** The clock is behind something signed, so it is wrong; by how much, nobody here can say. */
export function isClockUnsure(journal: Journal, moment: Moment): boolean {
  return seconds(moment) < journal.signedTime;
}
