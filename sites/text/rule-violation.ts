/** What a rule says of a value that breaks it. Whoever knows where the value stands makes a `Fault` of it. */
export interface RuleViolation {
  readonly code: string;
  readonly message: string;
  readonly because?: string;
  readonly next: string;
  /** The source line may hold a secret and is not shown. */
  readonly secret?: boolean;
}

/** A rule about text: what is wrong, or undefined. Pure, so that its answer can be kept for equal values. */
export type TextRule = (text: string) => RuleViolation | undefined;
