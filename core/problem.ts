/** Where a problem is. `file` is relative to the folder the command ran in; `line` and `column` start at 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The source line itself, so that the reader need not open the file. Never set where it could hold a secret. */
  readonly text?: string;
  /** A construct path, object id or field path, when there is no file or besides it. */
  readonly path?: string;
}

/** An expected fault, as data: collected and shown all at once, never thrown one by one. */
export interface Problem {
  /** A stable word of the documented list, e.g. `duplicate-site-id`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly at: readonly Place[];
  readonly because?: string;
  /** What the reader does now. */
  readonly next: string;
}

/** Collects the problems of one run. Passed down; whoever finds a fault adds it and goes on with the rest. */
export class Problems {
  readonly list: Problem[] = [];

  add(problem: Omit<Problem, "severity"> & { readonly severity?: Problem["severity"] }): void {
    this.list.push({ severity: "error", ...problem });
  }

  get hasErrors(): boolean {
    return this.list.some((problem) => problem.severity === "error");
  }
}

/** The world failed: git, disk, network. Exit code 3. Faults that people make are `Problem`s, bugs are plain `Error`s. */
export class WorldError extends Error {
  readonly code: string;
  readonly next: string;

  constructor(code: string, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WorldError";
    this.code = code;
    this.next = next;
  }
}
