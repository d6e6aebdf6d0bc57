import type { Problem } from "../../core/index.ts";
import type { RuleViolation } from "./rule-violation.ts";
import type { TextLines } from "./text-lines.ts";

/** A violation at an offset of a text; `first` is the offset of the first of two duplicate keys. */
export interface TextFault extends RuleViolation {
  readonly offset: number;
  readonly first?: number;
}

/** `base` is the offset in the file of the text to which the offsets refer. */
export function textProblem(lines: TextLines, { offset, first, secret: _, ...violation }: TextFault, base = 0): Problem {
  const offsets = first === undefined ? [offset] : [first, offset];
  return { severity: "error", ...violation, at: offsets.map((at) => lines.placeAt(Math.min(base + at, lines.text.length))) };
}
