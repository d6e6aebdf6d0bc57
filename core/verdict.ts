import type { Reason } from "./reasons.ts";

/** Why something was refused: the documented word, and a sentence with what was found. */
export interface Refusal {
  readonly refusal: Reason;
  /** For people; holds no secret. */
  readonly because: string;
}

/** What trust and the agent answer: a value that passed every check, or why it did not. */
export type Verdict<T> = { readonly value: T } | Refusal;
