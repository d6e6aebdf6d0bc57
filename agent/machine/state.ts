import type { Reason } from "../../core/index.ts";
import type { AgentState, Journal } from "../../wire/index.ts";
import type { Memory, Trouble } from "./memory.ts";
import { CLOCK_END_SECONDS, type Moment } from "./moment.ts";

/** Constant while the agent runs. */
export interface AgentSettings {
  readonly fleet: string;
  readonly site: string;
  /** Version of this agent. */
  readonly version: string;
  /** The box's own interval; overrides the plan's. */
  readonly pollSeconds: number | undefined;
  /** Of the target: a trial begins this long after the last write. */
  readonly settleSeconds: number;
  /** Services that `services` in agent.json maps to a URL: `namespace/name:port`. */
  readonly services: readonly string[];
  /** Whether the box has an image store to pull into. */
  readonly hasImages: boolean;
}

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

/** The phase without any work in progress. The journal's state stays DEGRADED while a degraded site polls. */
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

/** A name in a hostile tree may have thousands of characters, and would go into log, status and memory. */
export const DETAIL_MAX = 1_000;

/** A continuing trouble keeps its start time. */
export function troubleOf(reason: Reason, detail: string, moment: Moment, before: Trouble | null): Trouble {
  const cut = detail.length > DETAIL_MAX ? `${detail.slice(0, DETAIL_MAX - 1)}…` : detail;
  return { reason, detail: cut, since: before?.reason === reason ? before.since : seconds(moment) };
}

/** The clock is behind an accepted signing time, or after 2099, so it is wrong by an unknown amount. */
export function isClockUnsure(journal: Journal, moment: Moment): boolean {
  return seconds(moment) < journal.signedTime || seconds(moment) >= CLOCK_END_SECONDS;
}
