import type { Moment } from "../machine/moment.ts";

/** A time on the clock that never jumps, as people read it: seconds since 1970. */
export function wallSeconds(monotonicMs: number, moment: Moment): number {
  return Math.floor((moment.wallMs + monotonicMs - moment.monotonicMs) / 1000);
}
