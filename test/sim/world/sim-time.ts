import type { Clock } from "../../../core/index.ts";
import type { Life } from "./life.ts";

interface Timer {
  readonly atMs: number;
  /** Timers of one moment ring in the order in which they were set. */
  readonly number: number;
  readonly ring: () => void;
}

/** 2026-11-20T09:30:00Z: a Friday morning, some hours after the newest signed time of the prepared releases. */
export const START_MS = Date.UTC(2026, 10, 20, 9, 30);

/** Both clocks of the box. Time passes only when everything that can run has run; then it is at once the moment of the next timer. */
export class SimTime {
  monotonicMs = 0;
  /** What the wall clock is ahead of the monotonic one. A jump changes it, and nothing else does. */
  #wallAheadMs: number;
  readonly #startMs: number;
  #timers: Timer[] = [];
  #number = 0;

  constructor(startMs = START_MS) {
    this.#startMs = startMs;
    this.#wallAheadMs = startMs;
  }

  get wallMs(): number {
    return Math.floor(this.monotonicMs + this.#wallAheadMs);
  }

  jumpWall(byMs: number): void {
    this.#wallAheadMs += byMs;
  }

  /** The time that would have been without any jump. */
  correctWallClock(): void {
    this.#wallAheadMs = this.#startMs;
  }

  at(atMs: number, ring: () => void): () => void {
    const timer = { atMs: Math.max(atMs, this.monotonicMs), number: this.#number++, ring };
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1] as Timer).atMs > timer.atMs) place--;
    this.#timers.splice(place, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** When the next timer rings; undefined when none is set. */
  get nextMs(): number | undefined {
    return this.#timers[0]?.atMs;
  }

  /** Goes to the next timer and rings it. */
  pass(): boolean {
    const timer = this.#timers.shift();
    if (timer === undefined) return false;
    this.monotonicMs = timer.atMs;
    timer.ring();
    return true;
  }

  passTo(monotonicMs: number): void {
    this.monotonicMs = Math.max(this.monotonicMs, monotonicMs);
  }

  /** The clock as one life of the agent sees it: the dead hear no timer. */
  clockOf(life: Life): Clock {
    return {
      now: () => this.wallMs,
      monotonic: () => this.monotonicMs,
      sleep: (ms, signal) => this.#sleep(ms, life, signal),
    };
  }

  #sleep(ms: number, life: Life, signal?: AbortSignal): Promise<void> {
    if (!life.isAlive) return never();
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        drop();
        signal?.removeEventListener("abort", wake);
        if (life.isAlive) resolve();
      };
      const drop = this.at(this.monotonicMs + Math.max(0, ms), wake);
      signal?.addEventListener("abort", wake);
    });
  }
}

/** Who waits for it is dead, and is swept away with it: one promise for all would hold on to everybody. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** Resolves when nothing can run any more but what waits for time. */
export function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
