import type { Reason } from "../core/index.ts";

/** A rejection: the reason word, and a sentence with the cause. */
export interface Refusal {
  readonly refusal: Reason;
  readonly because: string;
}
