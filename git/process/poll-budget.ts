import type { Clock } from "../../core/index.ts";
import type { GitLimits } from "./git-limits.ts";
import { useOf } from "./process-tree.ts";

/** The limit that a poll exceeded. */
export interface BudgetFault {
  readonly reason: "too-large" | "slow-retrieval";
  readonly detail: string;
}

/** A process group that the budget may kill. */
export interface Watched {
  readonly pid: number | undefined;
  readonly end: () => void;
  /** Kills it too. */
  readonly signal?: AbortSignal | undefined;
  /** Received bytes of the pack; undefined for a process that does not wait for the network. */
  readonly received?: (() => number) | undefined;
}

/** An idle poll ends before the first check. Between two checks the kernel's limits for each process apply. */
const LOOK_MS = 50;
/** This much CPU time within the stall time counts as progress: deltas are resolved after the last byte has arrived. */
const WORK_MS = 1_000;

/**
 * The common limit on CPU time, memory and time of all git calls of one poll. The calls run one after the other, and each is observed from
 * outside, because the server's data decides how many processes git starts and how long each runs. Reaching a limit kills the process group,
 * and no further call starts.
 */
export class PollBudget {
  readonly #limits: GitLimits;
  readonly #clock: Clock;
  /** Aborted when the agent is stopped. */
  readonly signal: AbortSignal | undefined;
  readonly #endsAtMs: number;
  #cpuMs = 0;
  #fault: BudgetFault | undefined;

  constructor(limits: GitLimits, clock: Clock, signal?: AbortSignal) {
    this.#limits = limits;
    this.#clock = clock;
    this.signal = signal;
    this.#endsAtMs = clock.monotonic() + limits.wallMs;
  }

  /** The first limit that was reached; undefined before that. */
  get fault(): BudgetFault | undefined {
    return this.#fault;
  }

  /** For the kernel's limit, which is in whole seconds. */
  get cpuSecondsLeft(): number {
    return Math.max(1, Math.ceil(this.#limits.cpuSeconds - this.#cpuMs / 1000));
  }

  /** git and the server said more than anybody reads. */
  exceedMessages(end: () => void): void {
    this.#fault ??= { reason: "too-large", detail: `git's messages have more than ${this.#limits.messageBytes / 1_000_000} MB` };
    end();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  /** Watches a process group until the returned function is called. */
  watch(watched: Watched): () => void {
    const done = new AbortController();
    const abort = (): void => watched.end();
    if (this.#fault !== undefined || watched.signal?.aborted) abort();
    watched.signal?.addEventListener("abort", abort, { once: true });
    void this.#follow(watched, done.signal);
    return () => {
      watched.signal?.removeEventListener("abort", abort);
      done.abort();
    };
  }

  async #follow(watched: Watched, done: AbortSignal): Promise<void> {
    const before = this.#cpuMs;
    let mark = { atMs: this.#clock.monotonic(), bytes: watched.received?.() ?? 0, cpuMs: 0 };
    for (;;) {
      const nowMs = this.#clock.monotonic();
      await this.#clock.sleep(Math.max(0, Math.min(LOOK_MS, this.#endsAtMs - nowMs)), done);
      if (done.aborted || watched.pid === undefined) return;
      const use = useOf(watched.pid);
      this.#cpuMs = Math.max(this.#cpuMs, before + use.cpuMs);
      const atMs = this.#clock.monotonic();
      const bytes = watched.received?.() ?? 0;
      // The pack's file is renamed at the end, so its size may seem to shrink.
      if (bytes - mark.bytes >= this.#limits.stallBytes || use.cpuMs - mark.cpuMs >= WORK_MS) mark = { atMs, bytes, cpuMs: use.cpuMs };
      this.#fault ??= this.#faultOf(atMs, use.memoryBytes, watched.received === undefined ? 0 : atMs - mark.atMs);
      if (this.#fault !== undefined) return watched.end();
    }
  }

  #faultOf(atMs: number, memoryBytes: number, stalledMs: number): BudgetFault | undefined {
    const { memoryBytes: most, cpuSeconds, wallMs, stallMs, stallBytes } = this.#limits;
    if (memoryBytes > most) return { reason: "too-large", detail: `git used more than ${most / 1_000_000} MB of memory` };
    if (this.#cpuMs >= cpuSeconds * 1000) return { reason: "too-large", detail: `git used more than ${cpuSeconds} s of CPU time` };
    if (atMs >= this.#endsAtMs) return { reason: "slow-retrieval", detail: `stopped after ${wallMs / 1000} s` };
    if (stalledMs < stallMs) return undefined;
    return { reason: "slow-retrieval", detail: `fewer than ${stallBytes} bytes of the pack arrived in ${stallMs / 1000} s` };
  }
}
