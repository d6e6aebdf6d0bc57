// Control, format (bidi marks, zero width, BOM), private-use and unassigned characters, lone surrogates, line and paragraph separators, fillers
// and variation selectors: invisible, or able to reorder the text around them.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Untrusted text, made safe for one line of a terminal: invisible characters are written as `\u{202e}`, and the text is cut at `lengthMax`. */
export function printable(text: string, lengthMax = 200): string {
  const cut = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return cut.replace(INVISIBLE, (character) => codePoint(character, "\\u{", "}"));
}

/** The same in double quotes, for a value inside a sentence. */
export function quoted(text: string, lengthMax = 80): string {
  return `"${printable(text, lengthMax)}"`;
}

/** `U+043E` */
export function codePointName(character: string): string {
  return `U+${codePoint(character, "", "").toUpperCase().padStart(4, "0")}`;
}

function codePoint(character: string, before: string, after: string): string {
  return `${before}${(character.codePointAt(0) as number).toString(16)}${after}`;
}
