import type { Problem } from "../../core/index.ts";
import type { RuleViolation } from "./rule-violation.ts";
import type { TextLines } from "./text-lines.ts";

/** A violation in a file as text, at an offset; `first` is the earlier twin of a double key. */
export interface TextFault extends RuleViolation {
  readonly offset: number;
  readonly first?: number;
}

/** `base` is where the text that the offsets count in begins in the file. */
export function textProblem(lines: TextLines, { offset, first, secret: _, ...violation }: TextFault, base = 0): Problem {
  const offsets = first === undefined ? [offset] : [first, offset];
  return { severity: "error", ...violation, at: offsets.map((at) => lines.placeAt(Math.min(base + at, lines.text.length))) };
}
