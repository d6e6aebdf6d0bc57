import { diskFault } from "./effects/perform-faults.ts";
import { perform } from "./effects/perform.ts";
import { logLineOf } from "./log-line.ts";
import { nextDue } from "./machine/due.ts";
import type { Effect, Event, Started } from "./machine/event.ts";
import { isResting, type Machine } from "./machine/state.ts";
import type { Moment } from "./machine/moment.ts";
import { step } from "./machine/step.ts";
import { type PeopleAnswer, answerTo, type PeopleEvent } from "./machine/answers.ts";
import { JournalRefused } from "./store/journal-refused.ts";
import { saveJournal } from "./store/journal-store.ts";
import type { AgentState } from "../wire/index.ts";
import type { AgentContext } from "./context.ts";

/** The runner ended before it could answer a command. */
export class RunnerEnded extends Error {
  constructor() {
    super("the agent is stopping, or could not write its journal; nothing was changed");
  }
}

/** Phases that mostly wait. A stop does not wait for their end, and the next start continues from the journal. */
function isPatient(phase: AgentState): boolean {
  return phase === "DRYRUN" || phase === "TRIAL" || phase === "CHECK";
}

/** The wall clock may jump while the agent sleeps, so it checks again after this time. */
const SLEEP_MS_MAX = 60_000;

/**
 * Feeds events to the state machine and performs its effects. `advance` holds the rule on which all safety depends: the journal of a step is
 * durable before its first effect starts, and a step whose journal cannot be written did not happen.
 */
export class Runner {
  readonly #context: AgentContext;
  readonly #events: Event[] = [];
  #machine: Machine;
  /** Running effects, without reports, because nothing waits for those. */
  readonly #running = new Set<Promise<void>>();
  readonly #asked = new Map<Event, { resolve: (answer: PeopleAnswer) => void; reject: (error: Error) => void }>();
  /** Ends the running fetch or pull. */
  #pollEnd = new AbortController();
  #reporting: Promise<unknown> = Promise.resolve();
  #fault: unknown;
  #wake: () => void = () => undefined;

  #turnedMs: number;
  #isEnded = false;

  constructor(context: AgentContext, machine: Machine) {
    this.#context = context;
    this.#machine = machine;
    this.#turnedMs = context.clock.monotonic();
  }

  /** As of the last step whose journal is durable. */
  get machine(): Machine {
    return this.#machine;
  }

  /** When the loop last ran, on the monotonic clock: at each event, and at least once a minute. */
  get turnedMs(): number {
    return this.#turnedMs;
  }

  /** Requests a poll now. */
  pollNow(): void {
    this.#push({ type: "poll-asked" });
  }

  /** A person's command. Resolves when its change is durable; rejects when the agent stops before. */
  command(event: PeopleEvent): Promise<PeopleAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(new RunnerEnded());
      this.#asked.set(event, { resolve, reject });
      this.#push(event);
    });
  }

  /** Runs until `signal` is aborted and the current step is done; with `once`, until one poll and what follows from it are done. */
  async run(started: Started, signal: AbortSignal, once: boolean): Promise<Machine> {
    const ending = new AbortController();
    const end = (): void => {
      ending.abort();
      this.#pollEnd.abort();
    };
    const stopped = (): void => {
      end();
      this.#push({ type: "stop-asked" });
    };
    if (signal.aborted) stopped();
    else signal.addEventListener("abort", stopped, { once: true });
    const stop = ending.signal;
    try {
      await this.#advance(started, stop);
      while (!this.#isOver(stop, once)) {
        this.#turnedMs = this.#context.clock.monotonic();
        const event = this.#events.shift() ?? (await this.#next(stop));
        if (event) await this.#advance(event, stop);
      }
      await this.#reporting;
      if (this.#fault !== undefined) throw this.#fault;
      return this.#machine;
    } finally {
      // A new run after a fault must not meet an effect of this one.
      signal.removeEventListener("abort", stopped);
      end();
      this.#isEnded = true;
      for (const { reject } of this.#asked.values()) reject(new RunnerEnded());
      await Promise.all(this.#running);
      await this.#reporting;
      await this.#context.lastPoll.end(this.#moment());
    }
  }

  #isOver(signal: AbortSignal, once: boolean): boolean {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#events.length > 0 || this.#running.size > 0) return false;
    const { phase, memory } = this.#machine;
    if (signal.aborted) return isResting(phase) || isPatient(phase);
    if (!once || !isResting(phase)) return false;
    const due = nextDue(this.#machine, this.#moment());
    const isQuiet = due === undefined || due.atMs > this.#context.clock.monotonic();
    return isQuiet && (memory.polls > 0 || phase === "RETIRED");
  }

  /** The next event: a queued one or a due timer. undefined: check again. */
  async #next(signal: AbortSignal): Promise<Event | undefined> {
    const due = signal.aborted ? undefined : nextDue(this.#machine, this.#moment());
    const waitMs = due === undefined ? SLEEP_MS_MAX : due.atMs - this.#context.clock.monotonic();
    if (due && waitMs <= 0) return { type: due.type };
    await this.#sleep(Math.min(waitMs, SLEEP_MS_MAX));
    return this.#events.shift();
  }

  async #sleep(ms: number): Promise<void> {
    const over = new AbortController();
    // An explicit reason, because creating the default one costs more than the rest of waking up.
    this.#wake = () => over.abort("woken");
    if (this.#events.length === 0 && this.#fault === undefined) await this.#context.clock.sleep(ms, over.signal);
    this.#wake = () => undefined;
  }

  async #advance(event: Event, signal: AbortSignal): Promise<void> {
    const before = this.#machine;
    const moment = this.#moment();
    const { machine, effects } = step(before, event, moment);
    if (machine.journal !== before.journal) await this.#save(machine);
    this.#machine = machine;
    // A fetch that the stopping agent aborted is not a lost connection.
    const line = signal.aborted && event.type === "poll-failed" ? undefined : logLineOf(before, machine, event, moment);
    if (line) this.#context.log(line);
    this.#context.lastPoll.note(before, machine, moment);
    this.#answer(event, before, machine);
    for (const effect of effects) this.#start(effect, signal);
  }

  #answer(event: Event, before: Machine, after: Machine): void {
    const asked = this.#asked.get(event);
    this.#asked.delete(event);
    asked?.resolve(answerTo(event as PeopleEvent, before, after));
  }

  async #save({ journal }: Machine): Promise<void> {
    try {
      await saveJournal(this.#context.disk, this.#context.config.state, journal);
    } catch (error) {
      throw new JournalRefused(diskFault(error).detail);
    }
  }

  #start(effect: Effect, signal: AbortSignal): void {
    // Reports are written one at a time, in order; only the end of the run waits for them.
    if (effect.do === "report") {
      this.#reporting = this.#reporting
        .then(() => perform(effect, this.#context, signal))
        .then((event) => event && this.#push(event))
        .catch((error: unknown) => this.#fail(error));
      return;
    }
    if (effect.do === "end-poll") return this.#pollEnd.abort();
    const running = perform(effect, this.#context, effect.do === "fetch" || effect.do === "pull" ? this.#pollSignal(signal) : signal)
      .then(
        (event) => event && this.#push(event),
        (error: unknown) => this.#fail(error),
      )
      .then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Signal of a new poll: aborted when the agent stops or at `end-poll`. */
  #pollSignal(signal: AbortSignal): AbortSignal {
    this.#pollEnd = new AbortController();
    if (signal.aborted) this.#pollEnd.abort();
    return this.#pollEnd.signal;
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
    const { clock, random } = this.#context;
    return { wallMs: clock.now(), monotonicMs: clock.monotonic(), fraction: random.fraction() };
  }
}
