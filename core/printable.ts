// Control, format (bidi marks, zero width, BOM), private and unassigned characters, lone surrogates, line and paragraph separators, fillers
// and variation selectors: all that shows as nothing or moves what stands around it.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text from outside, safe on one line of a terminal: what cannot be seen is written `\u{202e}`, and all beyond `lengthMax` is cut. */
export function printable(text: string, lengthMax = 200): string {
  const cut = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return cut.replace(UNSEEN, (character) => codePoint(character, "\\u{", "}"));
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
