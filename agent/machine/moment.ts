/** What the world says with each event. The core has no clock and no dice of its own. */
export interface Moment {
  readonly wallMs: number;
  /** Never jumps; timers stand on it. */
  readonly monotonicMs: number;
  /** In [0, 1), drawn anew for each event. */
  readonly fraction: number;
}

/** The end of 2099, in seconds since 1970. No signed document carries a later time, and a clock that says so is wrong. */
export const CLOCK_END_SECONDS = 4_102_444_800;
