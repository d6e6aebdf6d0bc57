import type { Problem } from "../../core/index.ts";
import type { Complaint } from "./complaint.ts";
import type { TextLines } from "./text-lines.ts";

/** A complaint about a file as text, at an offset; `first` is the earlier twin of a double key. */
export interface TextFault extends Complaint {
  readonly offset: number;
  readonly first?: number;
}

/** `base` is where the text that the offsets count in begins in the file. */
export function textProblem(lines: TextLines, { offset, first, secret: _, ...complaint }: TextFault, base = 0): Problem {
  const offsets = first === undefined ? [offset] : [first, offset];
  return { severity: "error", ...complaint, at: offsets.map((at) => lines.placeAt(Math.min(base + at, lines.text.length))) };
}
