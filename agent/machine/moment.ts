/** Time and randomness of one event. The state machine has no other source of either. */
export interface Moment {
  readonly wallMs: number;
  /** Never jumps; the timers use it. */
  readonly monotonicMs: number;
  /** Random in [0, 1), new for each event. */
  readonly fraction: number;
}

/** The end of 2099, in seconds since 1970. No signed document may have a later time, and a clock that does is wrong. */
export const CLOCK_END_SECONDS = 4_102_444_800;
