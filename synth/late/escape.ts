/** The inside of a double-quoted YAML scalar: the same text to YAML 1.1 and 1.2, and safe to look at. */
export function escapeYamlText(text: string): string {
  return SIMPLE.test(text) ? text : text.replace(UNSAFE, escaped);
}

/** The inside of a JSON string, as RFC 8785 writes it. */
export function escapeJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A part of a manifest's file name: every byte outside `[a-z0-9.-]` as `=xx`. */
export function escapeFileName(text: string): string {
  if (/^[a-z0-9.-]*$/.test(text)) return text;
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9.-]/.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

const SIMPLE = /^[ !#-[\]-~]*$/;

// Controls, C1 with NEL (a line end to YAML 1.1 alone), line and paragraph separators, byte order mark, noncharacters; and characters that
// reorder or hide what a reviewer reads. The markers of late facts, U+FDD0 and U+FDD1, pass: they are replaced afterwards.
const UNSAFE =
  /["\\\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufdd2-\ufdef\ufff9-\uffff]|[\u{e0000}-\u{e0fff}]/gu;

/** Whether text holds what `escapeYamlText` would escape. */
export function hasUnsafe(text: string): boolean {
  return text.search(UNSAFE) >= 0;
}

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0" };

function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) as number;
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
  return code > 0xff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\x${code.toString(16).padStart(2, "0")}`;
}
