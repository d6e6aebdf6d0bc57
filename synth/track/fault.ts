import { placeHere } from "../../constructs/index.ts";
import type { Place, ProblemCode } from "../../core/index.ts";

/** A fault in one `where`, `build` or render, not yet counted by sites. */
export interface BuildFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly place?: Place | undefined;
  /** The path of the construct in the unit's chart, if one causes the fault. */
  readonly construct?: string;
  readonly because?: string;
  readonly next: string;
}

// Synth is synchronous, so at most one function of the user runs at a time.
let running: FaultLog | undefined;

/** Runs a user's function with `log` as the current log. */
export function runWith<T>(log: FaultLog, work: () => T): T {
  const before = running;
  running = log;
  try {
    return work();
  } finally {
    running = before;
  }
}

/** The log of the current run; undefined outside any run. */
export function runningLog(): FaultLog | undefined {
  return running;
}

/** Faults of one run of a user's function. They are logged before they are thrown, so that catching the exception does not hide them. */
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

/** Ends a user's function. Its fault is in a log already: that of the run whose view or late fact was used. */
export class NotedFault extends Error {
  override readonly name = "NotedFault";
  readonly fault: BuildFault;

  constructor(fault: BuildFault) {
    super(fault.message);
    this.fault = fault;
  }
}
