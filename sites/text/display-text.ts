import { codePointName, printable, quoted } from "../../core/index.ts";
import type { RuleViolation, TextRule } from "./rule-violation.ts";

// The longest real name among the airports has 67 characters.
const NAME_LENGTH_MAX = 128;
const TEXT_LENGTH_MAX = 256;
const LEVEL_LENGTH_MAX = 63;
/** More than continent, country, region, city and street need. */
export const LEVEL_DEPTH_MAX = 8;

// Control characters, line and paragraph separators, bidirectional marks, BOM, lone surrogates.
// Zero-width joiners are allowed: Persian names and emoji need them.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

/** Names for people: any script, no characters that control a terminal. */
export const nameRule: TextRule = (text) => textFault("name", text, NAME_LENGTH_MAX);

/** Other text of the inventory: models, serial numbers, paths. */
export const plainTextRule: TextRule = (text) => textFault("text", text, TEXT_LENGTH_MAX);

export function hasUnsafeText(text: string): boolean {
  return UNSAFE.test(text);
}

/** One step of a level path. Must not hold `/ , = | ! ( )`, which selectors use. */
export const levelRule: TextRule = (text) => {
  if (text.length <= LEVEL_LENGTH_MAX && /^[A-Za-z0-9]([A-Za-z0-9._ -]*[A-Za-z0-9.])?$/.test(text)) return undefined;
  const common = {
    code: "bad-level" as const,
    because: `a level has 1 to ${LEVEL_LENGTH_MAX} letters, digits, "." "_" "-" and inner spaces`,
  };
  if (text === "") return { ...common, message: "a level is empty", next: "name the level, or leave it out of the list" };
  if (isDecomposed(text)) return { ...common, ...decomposed(`level ${quoted(text)}`, text) };
  if (text.length <= LEVEL_LENGTH_MAX && /^[\p{L}\p{N}]([\p{L}\p{M}\p{N}._ -]*[\p{L}\p{M}\p{N}.])?$/u.test(text)) return undefined;
  if (text.includes("/"))
    return {
      ...common,
      message: `level ${quoted(text)} holds "/"`,
      next: `write a list: [${text.split("/").map(printableStep).join(", ")}]`,
    };
  return {
    ...common,
    message: `level ${quoted(text)} holds a character that is not allowed in a level, or is too long`,
    next: "rename the level",
  };
};

/** Written as macOS writes file names. It looks like the composed form, and is another text to every comparison: one brand would be two groups. */
export function isDecomposed(text: string): boolean {
  return text !== text.normalize("NFC");
}

export function decomposed(what: string, text: string): { readonly message: string; readonly next: string } {
  return {
    message: `${what} is written with combining marks`,
    next: `write it with composed characters (NFC): ${quoted(text.normalize("NFC"))}`,
  };
}

function printableStep(text: string): string {
  return printable(text, 40);
}

// Matches nearly all names, so that the slower expression rarely runs.
const PLAIN = /^[!-~](?:[ -~]{0,62}[!-~])?$/;

function textFault(what: "name" | "text", text: string, lengthMax: number): RuleViolation | undefined {
  if (PLAIN.test(text)) return undefined;
  const unsafe = UNSAFE.exec(text);
  const code = `bad-${what}` as const;
  if (unsafe) {
    const next = "remove that character; it is invisible and can make the text look different";
    return { code, message: `${what} ${quoted(text)} holds ${codePointName(unsafe[0])} at character ${unsafe.index + 1}`, next };
  }
  if (text.trim() === "") return { code, message: `${what} is empty`, next: "add the text, or leave the field out" };
  if (text !== text.trim())
    return { code, message: `${what} ${quoted(text)} begins or ends with a space`, next: `write ${quoted(text.trim())}` };
  if (isDecomposed(text)) return { code, ...decomposed(`${what} ${quoted(text)}`, text) };
  if (text.length > lengthMax)
    return { code, message: `${what} has ${text.length} characters`, next: `shorten it to at most ${lengthMax}` };
  return undefined;
}
