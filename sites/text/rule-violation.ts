import type { ProblemCode } from "../../core/index.ts";

/** The violation of a rule by a value. Code that knows the value's place turns it into an `InventoryFault`. */
export interface RuleViolation {
  readonly code: ProblemCode;
  readonly message: string;
  readonly because?: string;
  readonly next: string;
  /** The source line may hold a secret and must not be shown. */
  readonly secret?: boolean;
}

/** A rule for text: the violation, or undefined. Pure, so that results can be cached. */
export type TextRule = (text: string) => RuleViolation | undefined;
