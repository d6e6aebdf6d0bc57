import type { PlanWindow } from "../../wire/index.ts";
import type { Moment } from "./moment.ts";
import { openingOf } from "../window.ts";

/** Between two looks at the target. */
export const DRIFT_MS = 60_000;

/** So many repairs within such a time are another writer's work. Fighting it each minute would restart the workload each minute. */
export const CONTESTED = { repairs: 10, withinMs: 600_000, healEveryMs: 600_000 } as const;

/** Between two questions for a baseline. */
export const ASK_MS = 10_000;

/** Between two freshness notes. */
export const NOTE_MS = 86_400_000;

const FIRST_MS = 30_000;
const MOST_MS = 900_000;
const POLL_SECONDS = 300;
/** Of `interval`: boxes that started together drift apart. */
const JITTER = 0.1;

/** Until the next poll after one that was answered. */
export function pollDelayMs(pollSeconds: number | undefined, moment: Moment): number {
  return (pollSeconds ?? POLL_SECONDS) * 1000 * (1 - JITTER + 2 * JITTER * moment.fraction);
}

/** After a power cut a whole region starts at once; a tenth of the interval spreads its first polls. */
export function firstPollDelayMs(pollSeconds: number | undefined, moment: Moment): number {
  return (pollSeconds ?? POLL_SECONDS) * 1000 * JITTER * moment.fraction;
}

/** Doubles from 30 s to 15 min, half of it at random. The first failure waits no longer than an ordinary poll would. */
export function retryDelayMs(failures: number, pollSeconds: number | undefined, moment: Moment): number {
  const first = Math.min(FIRST_MS, (pollSeconds ?? POLL_SECONDS) * 1000);
  const whole = Math.min(MOST_MS, first * 2 ** Math.min(failures - 1, 20));
  return whole * (0.5 + 0.5 * moment.fraction);
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * A15: 15 min, 1 h, 6 h, then once a window: not in the one that is open now, but when it opens next. A window that stays closed for
 * weeks is no reason to wait beyond a day, because entry into APPLY asks the window again.
 */
export function applyRetrySeconds(interruptions: number, window: PlanWindow | null, moment: Moment): number {
  const steps = [HOUR_SECONDS / 4, HOUR_SECONDS, 6 * HOUR_SECONDS];
  const step = steps[interruptions - 1];
  if (step !== undefined) return step;
  const nextMs = window === null ? undefined : openingOf(window, moment.wallMs).nextMs;
  return nextMs === undefined ? 6 * HOUR_SECONDS : Math.min(APPLY_RETRY_SECONDS_MAX, Math.ceil((nextMs - moment.wallMs) / 1000));
}

/** No retry lies further ahead than this, whatever a clock that jumped makes of the journal. */
export const APPLY_RETRY_SECONDS_MAX = DAY_SECONDS;

/** Between two tries to remove what something at the target still holds. */
export const PRUNE_RETRY_MS = 15 * 60_000;

/** A24. */
export const PAUSE_SECONDS_MAX = DAY_SECONDS;
