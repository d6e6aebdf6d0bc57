/** The loop runs at least once a minute; after more than twice that time it hangs. */
const SILENCE_MS_MAX = 150_000;

export interface Health {
  readonly isWell: boolean;
  /** One line. */
  readonly text: string;
}

/**
 * Whether the agent's loop runs, independent of the release, so that a supervisor restarts the agent only for the agent's own faults.
 * `turnedMs`: when the loop last ran, on the monotonic clock.
 */
export function health(turnedMs: number, nowMs: number): Health {
  const silentSeconds = Math.round((nowMs - turnedMs) / 1000);
  if (nowMs - turnedMs <= SILENCE_MS_MAX) return { isWell: true, text: "ok\n" };
  return { isWell: false, text: `the agent's loop has not run for ${silentSeconds} s; its disk may hang\n` };
}
