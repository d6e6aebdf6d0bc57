import type { PlanWindow } from "../../wire/index.ts";
import type { Moment } from "./moment.ts";
import { openingOf } from "../window.ts";

/** Between two drift checks. */
export const DRIFT_MS = 60_000;

/** This many repairs in this time mean that somebody else writes too. A repair each minute would restart the workload each minute. */
export const CONTESTED = { repairs: 10, withinMs: 600_000, repairEveryMs: 600_000 } as const;

/** Between two baseline checks. */
export const BASELINE_CHECK_MS = 10_000;

/** Between two freshness notes. */
export const NOTE_MS = 86_400_000;

const FIRST_MS = 30_000;
const MOST_MS = 900_000;
const POLL_SECONDS = 300;
/** Fraction of the interval, so that boxes that started together spread out. */
const JITTER = 0.1;

/** Until the next poll after a successful one. */
export function pollDelayMs(pollSeconds: number | undefined, moment: Moment): number {
  return (pollSeconds ?? POLL_SECONDS) * 1000 * (1 - JITTER + 2 * JITTER * moment.fraction);
}

/** After a power cut a whole region starts at once; its first polls are spread over a tenth of the interval. */
export function firstPollDelayMs(pollSeconds: number | undefined, moment: Moment): number {
  return (pollSeconds ?? POLL_SECONDS) * 1000 * JITTER * moment.fraction;
}

/** Doubles from 30 s to 15 min, half of it random. The first retry waits at most as long as an ordinary poll. */
export function retryDelayMs(failures: number, pollSeconds: number | undefined, moment: Moment): number {
  const first = Math.min(FIRST_MS, (pollSeconds ?? POLL_SECONDS) * 1000);
  const whole = Math.min(MOST_MS, first * 2 ** Math.min(failures - 1, 20));
  return whole * (0.5 + 0.5 * moment.fraction);
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * A15: 15 min, 1 h, 6 h, then once a window: not in the current one, but at its next opening. At most a day, even for a window that stays
 * closed for weeks, because APPLY checks the window again.
 */
export function applyRetrySeconds(interruptions: number, window: PlanWindow | null, moment: Moment): number {
  const steps = [HOUR_SECONDS / 4, HOUR_SECONDS, 6 * HOUR_SECONDS];
  const step = steps[interruptions - 1];
  if (step !== undefined) return step;
  const nextMs = window === null ? undefined : openingOf(window, moment.wallMs).nextMs;
  return nextMs === undefined ? 6 * HOUR_SECONDS : Math.min(APPLY_RETRY_SECONDS_MAX, Math.ceil((nextMs - moment.wallMs) / 1000));
}

/** No retry is later than this, even when a clock jump made the journal's time wrong. */
export const APPLY_RETRY_SECONDS_MAX = DAY_SECONDS;

/** Between two attempts to remove objects that the target still holds. */
export const PRUNE_RETRY_MS = 15 * 60_000;

/** A24. */
export const PAUSE_SECONDS_MAX = DAY_SECONDS;
