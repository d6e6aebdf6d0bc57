import type { Moment } from "../machine/moment.ts";

/** Converts a time of the monotonic clock to seconds since 1970. */
export function wallSeconds(monotonicMs: number, moment: Moment): number {
  return Math.floor((moment.wallMs + monotonicMs - moment.monotonicMs) / 1000);
}
