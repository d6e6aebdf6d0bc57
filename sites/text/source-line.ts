// Inventories should not hold secrets, but people make mistakes: a line that looks like a secret is never shown.
const SECRET = /passw|secret|token|credential|private.?key|-----BEGIN|api.?key|:\/\/[^/\s"']*:[^/\s"']*@/i;

// A line may be megabytes long. The shown text begins at the start of the line, so that the column stays right.
const COLUMN_MAX = 4000;
const BEHIND_LENGTH_MAX = 500;

/** The source line of a problem; undefined when it may hold a secret or the column is too large. */
export function tryShownLine(line: string, column: number): string | undefined {
  if (column > COLUMN_MAX || SECRET.test(line)) return undefined;
  const bare = line.replace(/\r$/, "");
  return bare.length > column + BEHIND_LENGTH_MAX ? `${bare.slice(0, column + BEHIND_LENGTH_MAX)}…` : bare;
}
