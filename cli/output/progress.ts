const ERASE_LINE = "\r\u001b[K";

/**
 * Says on stderr what takes long, on one line that the next word replaces; nothing at all when no terminal is there to show it.
 * The returned function erases the line and must be called before anything else is printed.
 */
export function progress(doing: string): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  stderr.write(`${ERASE_LINE}${doing} …`);
  return () => void stderr.write(ERASE_LINE);
}
