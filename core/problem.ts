import type { ProblemCode } from "./problem-codes.ts";

/** Where a problem is. `file` is relative to the working folder of the command; `line` and `column` start at 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The source line itself, so that the reader need not open the file. Not set when the line may hold a secret. */
  readonly text?: string;
  /** A construct path, object id or field path, instead of a file or in addition to it. */
  readonly path?: string;
}

/** An expected fault as data. All problems of a run are collected and shown together; none is thrown. */
export interface Problem {
  /** A stable code from the documented list, e.g. `duplicate-site-id`. */
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly at: readonly Place[];
  readonly because?: string;
  /** What the reader has to do now. */
  readonly next: string;
}

/** Collects the problems of one run. A function that finds a fault adds it here and continues. */
export class Problems {
  readonly list: Problem[] = [];

  add(problem: Omit<Problem, "severity"> & { readonly severity?: Problem["severity"] }): void {
    this.list.push({ severity: "error", ...problem });
  }

  get hasErrors(): boolean {
    return this.list.some((problem) => problem.severity === "error");
  }
}

/** A failure outside the program: git, disk, network. Exit code 3. Faults in the user's input are `Problem`s, bugs are plain `Error`s. */
export class WorldError extends Error {
  readonly code: ProblemCode;
  readonly next: string;

  constructor(code: ProblemCode, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WorldError";
    this.code = code;
    this.next = next;
  }
}
