import { WorldError } from "../core/index.ts";
import { diskFault, perform } from "./perform.ts";
import { logLineOf } from "./log-line.ts";
import { nextDue } from "./machine/due.ts";
import type { Effect, Event, Started } from "./machine/event.ts";
import { isResting, type Machine, type Moment } from "./machine/state.ts";
import { step } from "./machine/step.ts";
import { saveJournal } from "./store/journal-store.ts";
import type { World } from "./world.ts";

/** The disk refused the journal: nothing more is begun, because nobody could tell later what it was. */
export class JournalRefused extends WorldError {
  constructor(detail: string) {
    super("storage-failed", `the journal could not be written: ${detail}`, "Look at the disk; what runs at the site goes on running");
  }
}

/** A wall clock may jump while the agent sleeps, so it looks again after this. */
const SLEEP_MS_MAX = 60_000;

/**
 * Feeds events to the core and performs the effects that it asks for. The one rule that all safety stands on is in `advance`: the journal
 * of a step is durable before its first effect starts, and a step whose journal cannot be written did not happen.
 */
export class Runner {
  readonly #world: World;
  readonly #events: Event[] = [];
  readonly #onChange: (machine: Machine) => Promise<void>;
  #machine: Machine;
  /** Effects under way; reports are not counted, nobody waits for them. */
  readonly #running = new Set<Promise<void>>();
  #reporting: Promise<unknown> = Promise.resolve();
  #fault: unknown;
  #wake: () => void = () => undefined;

  constructor(world: World, machine: Machine, onChange: (machine: Machine) => Promise<void>) {
    this.#world = world;
    this.#machine = machine;
    this.#onChange = onChange;
  }

  /** Somebody wants a poll now. */
  ask(): void {
    this.#push({ type: "poll-asked" });
  }

  /** Works until `signal` is aborted and the agent rests again; with `once`, until one poll and what it led to are over. */
  async run(started: Started, signal: AbortSignal, once: boolean): Promise<Machine> {
    const left = new AbortController();
    const stop = AbortSignal.any([signal, left.signal]);
    stop.addEventListener("abort", () => this.#wake());
    try {
      await this.#advance(started, stop);
      while (!this.#isOver(stop, once)) {
        const event = this.#events.shift() ?? (await this.#next(stop));
        if (event) await this.#advance(event, stop);
      }
      await this.#reporting;
      if (this.#fault !== undefined) throw this.#fault;
      return this.#machine;
    } finally {
      // Whoever starts anew after a fault must not meet an effect of the old run.
      left.abort();
      await Promise.all(this.#running);
      await this.#reporting;
    }
  }

  #isOver(signal: AbortSignal, once: boolean): boolean {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#events.length > 0 || this.#running.size > 0 || !isResting(this.#machine.phase)) return false;
    if (signal.aborted) return true;
    const due = nextDue(this.#machine, this.#moment());
    return once && this.#machine.memory.polls > 0 && (due === undefined || due.atMs > this.#world.clock.monotonic());
  }

  /** The next event: one that came in, or a timer that is due. undefined to look again. */
  async #next(signal: AbortSignal): Promise<Event | undefined> {
    const due = signal.aborted ? undefined : nextDue(this.#machine, this.#moment());
    const waitMs = due === undefined ? SLEEP_MS_MAX : due.atMs - this.#world.clock.monotonic();
    if (due && waitMs <= 0) return { type: due.type };
    await this.#sleep(Math.min(waitMs, SLEEP_MS_MAX));
    return this.#events.shift();
  }

  async #sleep(ms: number): Promise<void> {
    const over = new AbortController();
    this.#wake = () => over.abort();
    if (this.#events.length === 0 && this.#fault === undefined) await this.#world.clock.sleep(ms, over.signal);
    this.#wake = () => undefined;
  }

  async #advance(event: Event, signal: AbortSignal): Promise<void> {
    const before = this.#machine;
    const moment = this.#moment();
    const { machine, effects } = step(before, event, moment);
    if (machine.journal !== before.journal) await this.#save(machine);
    this.#machine = machine;
    // A fetch that was ended by our own end is no lost line.
    const line = signal.aborted && event.type === "poll-failed" ? undefined : logLineOf(before, machine, event, moment);
    if (line) this.#world.log(line);
    await this.#onChange(machine);
    for (const effect of effects) this.#start(effect, signal);
  }

  async #save({ journal }: Machine): Promise<void> {
    try {
      await saveJournal(this.#world.disk, this.#world.config.state, journal);
    } catch (error) {
      throw new JournalRefused(diskFault(error).detail);
    }
  }

  #start(effect: Effect, signal: AbortSignal): void {
    // Reports overtake nothing: one at a time, in order, and nobody waits for them but the end.
    if (effect.do === "report") {
      this.#reporting = this.#reporting.then(() => perform(effect, this.#world, signal)).catch((error: unknown) => this.#fail(error));
      return;
    }
    const running = perform(effect, this.#world, signal)
      .then(
        (event) => event && this.#push(event),
        (error: unknown) => this.#fail(error),
      )
      .then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  #push(event: Event): void {
    this.#events.push(event);
    this.#wake();
  }

  #fail(error: unknown): void {
    this.#fault = error;
    this.#wake();
  }

  #moment(): Moment {
    const { clock, random } = this.#world;
    return { wallMs: clock.now(), monotonicMs: clock.monotonic(), fraction: random.fraction() };
  }
}
