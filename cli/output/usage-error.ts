import type { Problem } from "../../core/index.ts";

/**
 * The person asked for what cannot be: a wrong argument, a wrong folder. Exit code 2. Thrown, because it ends a command from anywhere
 * before any work was done; what is wrong with the fleet itself is returned as problems.
 */
export class UsageError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join("; "));
    this.name = "UsageError";
    this.problems = problems;
  }

  static of(message: string, next: string): UsageError {
    return new UsageError([{ code: "wrong-usage", severity: "error", message, at: [], next }]);
  }
}
