import { quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";

/** A part of a selector with its column, from 1. */
export interface Piece {
  readonly text: string;
  readonly column: number;
}

/** `values` is undefined for a term that tests whether the key is set. */
export interface RawTerm {
  readonly key: Piece;
  readonly isNegated: boolean;
  readonly values: readonly Piece[] | undefined;
}

export interface SelectorFault extends RuleViolation {
  readonly column: number;
}

const KEY = /[A-Za-z0-9][A-Za-z0-9._/-]*/y;
// An unquoted value may hold inner spaces, as level names do; the selector's own characters need quotes.
const VALUE = /"[^"]*"|[^\s,|()="!]+(?: +[^\s,|()="!]+)*/y;
// `in` and `notin` need a preceding space, otherwise they would match the end of a key.
const OPERATOR = /\s*(!=|==?|\s(?:in|notin)\s*\()\s*/y;
const SPACE = /\s*/y;

/** Splits a selector into terms. Stops at the first fault, because the rest cannot be parsed reliably. */
export function readTerms(text: string): readonly RawTerm[] | SelectorFault {
  const reader = new TermReader(text);
  const terms: RawTerm[] = [];
  for (;;) {
    const term = reader.readTerm();
    if ("message" in term) return term;
    terms.push(term);
    if (reader.isAtEnd()) return terms;
    if (reader.take(/\s*,/y) === undefined) return reader.fault("a comma is missing between two terms", 'write "level=eu/de,size=large"');
  }
}

// Columns refer to the text as typed, so it is not trimmed or split first.
class TermReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readTerm(): RawTerm | SelectorFault {
    this.take(SPACE);
    const isDenied = this.take(/!\s*/y) !== undefined;
    const key = this.#piece(KEY);
    if (!key)
      return this.fault(
        this.isAtEnd() ? "a term is missing" : `${quoted(this.#rest())} is not the beginning of a term`,
        'write "key=value", "key" or "!key"',
      );
    const operator = this.take(OPERATOR)?.trim();
    if (operator === undefined) return { key, isNegated: isDenied, values: undefined };
    if (isDenied) return this.fault('"!" is in front of a comparison', 'write "key!=value"');
    const values = operator.endsWith("(") ? this.#list(/\s*,\s*/y, /\s*\)/y) : this.#list(/\s*\|\s*/y, undefined);
    return "message" in values ? values : { key, isNegated: operator.startsWith("!") || operator.startsWith("not"), values };
  }

  isAtEnd(): boolean {
    return this.#text.slice(this.#at).trim() === "";
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  fault(message: string, next: string): SelectorFault {
    return { code: "bad-selector", message, next, column: this.#at + 1 };
  }

  // `a|b` and `(a, b)` differ only in separator and end.
  #list(between: RegExp, end: RegExp | undefined): readonly Piece[] | SelectorFault {
    const values: Piece[] = [];
    do {
      const value = this.#piece(VALUE);
      if (!value)
        return this.fault("a value is missing", 'write a value; put values with special characters in double quotes: name="a, b"');
      values.push({ ...value, text: value.text.replace(/^"(.*)"$/, "$1") });
    } while (this.take(between) !== undefined);
    if (end && this.take(end) === undefined) return this.fault('")" is missing', 'write "size in (large, medium)"');
    return values;
  }

  #piece(pattern: RegExp): Piece | undefined {
    const column = this.#at + 1;
    const text = this.take(pattern);
    return text === undefined ? undefined : { text, column };
  }

  #rest(): string {
    return this.#text.slice(this.#at, this.#at + 20);
  }
}
