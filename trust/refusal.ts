import type { Reason } from "../core/index.ts";

/** What trust says no with: the reason word, and a sentence with what was found. */
export interface Refusal {
  readonly refusal: Reason;
  readonly because: string;
}
