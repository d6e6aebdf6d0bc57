import type { Reason, Refusal } from "../../core/index.ts";

export type { Verdict } from "../../core/index.ts";

export function refuse(refusal: Reason, because: string): Refusal {
  return { refusal, because };
}
