import { placeHere } from "../../constructs/index.ts";
import type { Place, ProblemCode } from "../../core/index.ts";

/** What went wrong in one `where`, `build` or render, before it is known at how many sites. */
export interface BuildFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly place?: Place | undefined;
  /** The construct inside the unit's chart, when one is to blame. */
  readonly construct?: string;
  readonly because?: string;
  readonly next: string;
}

// Synth is synchronous: at any moment one function of the user's runs at most.
let running: FaultLog | undefined;

/** Runs a user's function with all that it leads to. */
export function runWith<T>(log: FaultLog, work: () => T): T {
  const before = running;
  running = log;
  try {
    return work();
  } finally {
    running = before;
  }
}

/** The log of the run that goes on now; undefined outside of any. */
export function runningLog(): FaultLog | undefined {
  return running;
}

/** Faults of one run of a user's function. They are noted before they are thrown, so that a caught exception cannot hide one. */
export class FaultLog {
  readonly list: BuildFault[] = [];

  add(fault: BuildFault): void {
    this.list.push(fault);
  }

  fail(fault: BuildFault): never {
    const noted = { ...fault, place: placeHere() };
    this.list.push(noted);
    throw new NotedFault(noted);
  }
}

/** Ends a user's function whose fault is noted already: in the log of the run whose view or late fact it used. */
export class NotedFault extends Error {
  override readonly name = "NotedFault";
  readonly fault: BuildFault;

  constructor(fault: BuildFault) {
    super(fault.message);
    this.fault = fault;
  }
}
