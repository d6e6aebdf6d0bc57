// Inventories hold no secrets, but a wrong field may: a line that looks like one is never shown.
const SECRET = /passw|secret|token|credential|private.?key|-----BEGIN|api.?key|:\/\/[^/\s"']*:[^/\s"']*@/i;

// A file of one line may be megabytes long. What is shown begins at the line's start, so that the column stays right.
const COLUMN_MAX = 4000;
const BEHIND_LENGTH_MAX = 500;

/** The source line of a problem; undefined when it may hold a secret, or when the column is too far out to be looked at. */
export function tryShownLine(line: string, column: number): string | undefined {
  if (column > COLUMN_MAX || SECRET.test(line)) return undefined;
  const bare = line.replace(/\r$/, "");
  return bare.length > column + BEHIND_LENGTH_MAX ? `${bare.slice(0, column + BEHIND_LENGTH_MAX)}…` : bare;
}
