import type { Journal } from "../../wire/index.ts";
import type { Effect, Event } from "./event.ts";
import type { Memory } from "./memory.ts";
import type { Machine } from "./state.ts";
import type { Moment } from "./moment.ts";

/** What a transition changes besides the phase. */
export interface Change {
  /** Saved before the first effect starts. */
  readonly journal?: Partial<Omit<Journal, "format" | "record" | "state" | "boot" | "interruptions" | "isCure">> & {
    /** undefined removes it. */
    readonly interruptions?: number | undefined;
    readonly isCure?: true | undefined;
  };
  readonly memory?: Partial<Memory>;
  readonly effects?: readonly Effect[];
}

export type Action<E extends Event = Event> = (machine: Machine, event: E, moment: Moment) => Change;
export type Guard<E extends Event = Event> = (machine: Machine, event: E, moment: Moment) => boolean;
