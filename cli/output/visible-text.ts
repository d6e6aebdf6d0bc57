import { printable } from "../../core/index.ts";

/** One line of any length, with nothing in it that a terminal would obey or an eye would miss. A tab is a space, so that carets stand right. */
export function visibleText(text: string): string {
  return printable(text.replaceAll("\t", " "), Number.POSITIVE_INFINITY);
}

/** JSON for programs that people also look at: unseen marks stand as JSON's own escapes, so that the value stays the value. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(/[^\P{C}\n]|[\u2028\u2029]/gu, escape);
}

function escape(mark: string): string {
  const units = Array.from({ length: mark.length }, (_, at) => mark.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
