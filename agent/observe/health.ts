/** The loop turns at least once a minute, whatever it waits for; twice that and some is a loop that hangs. */
const SILENCE_MS_MAX = 150_000;

export interface Health {
  readonly isWell: boolean;
  /** One line. */
  readonly text: string;
}

/**
 * Whether the loop lives, and nothing of the release: whoever restarts the agent because of this answer restarts it for its own faults
 * alone. `turnedMs`: when the loop last turned, on the monotonic clock.
 */
export function health(turnedMs: number, nowMs: number): Health {
  const silentSeconds = Math.round((nowMs - turnedMs) / 1000);
  if (nowMs - turnedMs <= SILENCE_MS_MAX) return { isWell: true, text: "ok\n" };
  return { isWell: false, text: `the agent's loop has not turned for ${silentSeconds} s: its disk may hang\n` };
}
