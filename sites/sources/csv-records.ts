import type { RuleViolation } from "../text/rule-violation.ts";
import type { TextFault } from "../text/text-fault.ts";

/**
 * RFC 4180: commas, double quotes, doubled quotes inside quotes, LF or CRLF. Lines without quotes are split at their commas, which is fast. Strict: a
 * stray quote is a fault, because it would shift the columns after it.
 */
export class CsvRecords {
  readonly faults: TextFault[] = [];
  /** Offset of the record. */
  offset = 0;
  /** undefined when the record cannot be read; the fault is in `faults`. */
  fields: readonly string[] | undefined;
  readonly #text: string;
  #at = 0;
  #end = 0;
  #quote = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Moves to the next record; false at the end. Skips empty lines. */
  next(): boolean {
    while (this.#at < this.#text.length) {
      this.offset = this.#at;
      this.#end = this.#lineEnd();
      this.fields = this.#hasQuote() ? this.#quotedRecord() : this.#plainRecord();
      if (this.fields?.length !== 1 || this.fields[0] !== "") return true;
    }
    return false;
  }

  // The position of the next quote is kept until it is passed.
  #hasQuote(): boolean {
    if (this.#quote < this.#at) {
      const found = this.#text.indexOf('"', this.#at);
      this.#quote = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#quote < this.#end;
  }

  #lineEnd(): number {
    const newline = this.#text.indexOf("\n", this.#at);
    return newline < 0 ? this.#text.length : newline;
  }

  // Avoids the copy of the line that `split` would need.
  #plainRecord(): string[] {
    const text = this.#text;
    const end = text.charCodeAt(this.#end - 1) === CARRIAGE_RETURN && this.#end > this.#at ? this.#end - 1 : this.#end;
    const fields: string[] = [];
    let start = this.#at;
    for (let comma = text.indexOf(",", start); comma >= 0 && comma < end; comma = text.indexOf(",", start)) {
      fields.push(text.slice(start, comma));
      start = comma + 1;
    }
    fields.push(text.slice(start, end));
    this.#at = this.#end + 1;
    return fields;
  }

  // Field by field, because a field may hold commas and line ends.
  #quotedRecord(): string[] | undefined {
    const fields: string[] = [];
    for (;;) {
      const field = this.#text[this.#at] === '"' ? this.#quotedField() : this.#bareField();
      if (field === undefined) return undefined;
      fields.push(field);
      const sign = this.#text[this.#at];
      this.#at++;
      if (sign !== ",") return fields;
    }
  }

  // Both field readers leave the position at the comma, the line end or the end of the text.
  #bareField(): string | undefined {
    const start = this.#at;
    const comma = this.#text.indexOf(",", start);
    const lineEnd = this.#lineEnd();
    const end = comma < 0 ? lineEnd : Math.min(comma, lineEnd);
    const field = this.#text.slice(start, end).replace(/\r$/, "");
    const stray = field.indexOf('"');
    if (stray >= 0) return this.#refuse(start + stray, STRAY_QUOTE);
    this.#at = end;
    return field;
  }

  // After a quote that is never closed, the rest of the file cannot be parsed.
  #quotedField(): string | undefined {
    const open = this.#at;
    let close = this.#text.indexOf('"', open + 1);
    while (close >= 0 && this.#text[close + 1] === '"') close = this.#text.indexOf('"', close + 2);
    if (close < 0) {
      this.faults.push({ ...OPEN_QUOTE, offset: open });
      this.#at = this.#text.length;
      return undefined;
    }
    const isAtLineEnd = this.#text[close + 1] === "\r" && this.#text[close + 2] === "\n";
    this.#at = close + (isAtLineEnd ? 2 : 1);
    const sign = this.#text[this.#at];
    if (sign !== undefined && sign !== "," && sign !== "\n") return this.#refuse(close + 1, STRAY_TEXT);
    return this.#text.slice(open + 1, close).replaceAll('""', '"');
  }

  // Continues with the next line, so that the faults of other rows are reported.
  #refuse(offset: number, violation: RuleViolation): undefined {
    this.faults.push({ ...violation, offset });
    this.#at = this.#lineEnd() + 1;
  }
}

const CARRIAGE_RETURN = 13;
const OPEN_QUOTE: RuleViolation = {
  code: "bad-csv",
  message: "the quote that opens here is never closed",
  next: "close it; the rest of the file was not read",
};
const STRAY_QUOTE: RuleViolation = {
  code: "bad-csv",
  message: "a quote is inside a field that is not quoted",
  next: 'put the whole field in quotes and double the inner quotes: "a ""b"" c"',
};
const STRAY_TEXT: RuleViolation = {
  code: "bad-csv",
  message: "text follows the closing quote of a field",
  next: "put the whole field inside the quotes",
};
