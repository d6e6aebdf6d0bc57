import type { Reason } from "../../core/index.ts";
import type { Refusal } from "../../trust/index.ts";

/** A value that passed, or the documented word for why it did not and a sentence for people that holds no secret. */
export type Verdict<T> = { readonly value: T } | Refusal;

export function refuse(refusal: Reason, because: string): Refusal {
  return { refusal, because };
}
