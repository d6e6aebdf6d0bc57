import type { Problem } from "./problem.ts";

/** What was done, with what went wrong on the way; or nothing, and all reasons at once. */
export type Outcome<T> = { readonly value: T; readonly problems?: readonly Problem[] } | Refused;

export interface Refused {
  readonly problems: readonly Problem[];
}

export function refused(problem: Omit<Problem, "severity" | "at"> & Partial<Pick<Problem, "at">>): Refused {
  return { problems: [{ severity: "error", at: [], ...problem }] };
}

/** `"a", "b", "c" and 7 more`: enough of a list to find the cause, however long it is. */
export function some(names: readonly string[], most = 5): string {
  const shown = names
    .slice(0, most)
    .map((name) => `"${name}"`)
    .join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
