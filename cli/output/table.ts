import { visibleText } from "./visible-text.ts";

/** Columns as wide as their widest cell, two spaces between, nothing after the last: easy on eyes, `awk` and diffs alike. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(visibleText));
  const widths = head.map((_, column) => cells.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "")), 0));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell + " ".repeat((widths[column] as number) - widthOf(cell)))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

// Names are in every script: a combining mark takes no column, an ideograph takes two.
function widthOf(text: string): number {
  let width = 0;
  for (const mark of text.normalize("NFC"))
    width += /\p{M}/u.test(mark)
      ? 0
      : /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(mark)
        ? 2
        : 1;
  return width;
}
