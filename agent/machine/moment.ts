/** What the world says with each event. The core has no clock and no dice of its own. */
export interface Moment {
  readonly wallMs: number;
  /** Never jumps; timers stand on it. */
  readonly monotonicMs: number;
  /** In [0, 1), drawn anew for each event. */
  readonly fraction: number;
}
