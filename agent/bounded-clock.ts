import type { Clock } from "../core/index.ts";
import { CLOCK_END_SECONDS } from "./machine/moment.ts";

/** A clock before 1970 or far beyond 2099 is wrong, and neither texts nor documents can hold its time, so it is limited to that range. */
export function boundedClock(clock: Clock): Clock {
  return {
    now: () => {
      const ms = clock.now();
      return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), CLOCK_END_SECONDS * 1000);
    },
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
