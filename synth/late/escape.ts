/** The content of a double-quoted YAML scalar: the same string in YAML 1.1 and 1.2, without invisible characters. */
export function escapeYamlText(text: string): string {
  return SIMPLE.test(text) ? text : text.replace(UNSAFE, escaped);
}

/** The content of a JSON string as in RFC 8785. */
export function escapeJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A part of a manifest's file name, with every byte outside `[a-z0-9.-]` as `=xx`. */
export function escapeFileName(text: string): string {
  if (/^[a-z0-9.-]*$/.test(text)) return text;
  return Array.from(Buffer.from(text, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9.-]/.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

const SIMPLE = /^[ !#-[\]-~]*$/;

// Control characters including NEL (a line end only in YAML 1.1), line and paragraph separators, byte order mark, noncharacters, and characters
// that reorder or hide text in a review. The markers of late facts, U+FDD0 and U+FDD1, are not escaped because they are replaced later.
const UNSAFE =
  /["\\\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufdd2-\ufdef\ufff9-\uffff]|[\u{e0000}-\u{e0fff}]/gu;

/** Whether text holds characters that `escapeYamlText` escapes. */
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
