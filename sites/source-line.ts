import { printable } from "../core/index.ts";

const SHOWN_LENGTH = 200;
const BEFORE = 60;

// Inventories hold no secrets, but a wrong field may: a line that looks like one is never shown.
const SECRET = /passw|secret|token|credential|private.?key|-----BEGIN|api.?key|:\/\/[^/\s"']*:[^/\s"']*@/i;

/** A source line as a problem shows it: one line, nothing that acts on a terminal, long lines cut around `column`. Undefined when it may hold a secret. */
export function tryShownLine(line: string, column: number): string | undefined {
  if (SECRET.test(line)) return undefined;
  const flat = line.replace(/\r$/, "").replaceAll("\t", " ");
  if (flat.length <= SHOWN_LENGTH) return printable(flat);
  const start = Math.max(0, Math.min(column - 1 - BEFORE, flat.length - SHOWN_LENGTH));
  const end = start + SHOWN_LENGTH;
  return `${start > 0 ? "…" : ""}${printable(flat.slice(start, end))}${end < flat.length ? "…" : ""}`;
}
