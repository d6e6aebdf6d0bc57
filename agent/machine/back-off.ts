import type { Moment } from "./state.ts";

/** Between two looks at the target. */
export const DRIFT_MS = 60_000;

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

/** Seconds until an interrupted APPLY is tried again: 15 min, 1 h, then each 6 h. */
export function applyRetrySeconds(starts: number): number {
  return starts <= 1 ? HOUR_SECONDS / 4 : starts === 2 ? HOUR_SECONDS : 6 * HOUR_SECONDS;
}

/** No retry lies further ahead than this, whatever a clock that jumped makes of the journal. */
export const APPLY_RETRY_SECONDS_MAX = 6 * HOUR_SECONDS;
