const COLUMNS = 70;

/** Base64 in lines of 70 between BEGIN and END lines, as ssh-keygen writes keys and signatures; no final line end. */
export function armored(label: string, bytes: Buffer): string {
  const base64 = bytes.toString("base64");
  let text = `-----BEGIN ${label}-----\n`;
  for (let start = 0; start < base64.length; start += COLUMNS) text += `${base64.slice(start, start + COLUMNS)}\n`;
  return `${text}-----END ${label}-----`;
}

/**
 * The bytes inside; undefined unless the text is exactly what `armored` writes for them, with or without one final line end.
 * Only one encoding is accepted, so that a signature has one text.
 */
export function tryDearmor(label: string, text: string): Buffer | undefined {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const head = `-----BEGIN ${label}-----\n`;
  const tail = `\n-----END ${label}-----`;
  if (!body.startsWith(head) || !body.endsWith(tail) || body.length < head.length + tail.length) return undefined;
  const bytes = Buffer.from(body.slice(head.length, -tail.length), "base64");
  return armored(label, bytes) === body ? bytes : undefined;
}
