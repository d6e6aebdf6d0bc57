import { amount, nearestName, type Place, printable, quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";
import type { Corrections } from "./corrections.ts";
import { CsvLocator } from "./csv-locator.ts";
import { CsvRecords } from "./csv-records.ts";
import { type CsvRow, NotANumber, type RowMaker, rowMaker, UnknownColumn } from "./csv-row.ts";
import { isPlainObject } from "../fact-path.ts";
import type { SiteInput } from "../input.ts";
import { isSkip, type Skip } from "./skip.ts";
import type { Sink } from "./source.ts";
import { textProblem } from "../text/text-fault.ts";
import { TextLines } from "../text/text-lines.ts";

/** Turns a row into a site, or returns `skip("reason")`. Called once for each row; must depend on the row only. */
export type RowFunction<Column extends string = string> = (row: CsvRow<Column>) => SiteInput | Skip;

/** Corrections, and the function that gives a row's name in them. */
export interface Correct {
  readonly key: (row: CsvRow) => string;
  readonly corrections: Corrections;
}

/** Reads one table: header, rows and row function, with all their faults. */
export class CsvFile {
  readonly #text: string;
  readonly #sink: Sink;
  readonly #toSite: RowFunction;
  readonly #correct: Correct | undefined;
  readonly #locator: CsvLocator;
  readonly #lines: () => TextLines;
  readonly #unknownColumns = new Set<string>();

  constructor(file: string, text: string, sink: Sink, toSite: RowFunction, correct: Correct | undefined) {
    this.#text = text;
    this.#sink = sink;
    this.#toSite = toSite;
    this.#correct = correct;
    this.#locator = new CsvLocator(file);
    let lines: TextLines | undefined;
    this.#lines = () => (lines ??= new TextLines(file, text));
  }

  read(): void {
    const records = new CsvRecords(this.#text);
    let columns: readonly string[] | undefined;
    let toRow = rowMaker([]);
    while (records.next()) {
      if (columns) this.#readRow(records, columns, toRow);
      else {
        columns = this.#tryHeader(records);
        if (!columns) break;
        toRow = rowMaker(columns);
      }
    }
    for (const fault of records.faults) this.#sink.unreadable(textProblem(this.#lines(), fault));
  }

  // Stops at a faulty header, because the column names of all rows would be wrong.
  #tryHeader({ offset, fields }: CsvRecords): readonly string[] | undefined {
    if (!fields) return undefined;
    const [column] = fields as [string];
    if (fields.length === 1 && /[;\t]/.test(column)) {
      this.#refuse(offset, {
        code: "bad-csv",
        message: "the columns are not separated by commas",
        next: "save the table as CSV with commas",
      });
      return undefined;
    }
    const violations = fields.flatMap((name, at) => headerFaults(name, at, fields));
    for (const violation of violations) this.#refuse(offset, violation);
    return violations.length > 0 ? undefined : fields;
  }

  #readRow({ offset, fields }: CsvRecords, columns: readonly string[], toRow: RowMaker): void {
    if (!fields) return;
    if (fields.length !== columns.length) {
      const message = `the row has ${amount(fields.length, "field")}, but the header has ${columns.length}`;
      return this.#refuse(offset, { code: "bad-csv", message, next: "put fields that hold commas in quotes, or add the missing fields" });
    }
    const blank = new Set<string>();
    const result = this.#tryMake(fields, (cells) => toRow(cells, (column) => blank.add(column)), offset, columns);
    if (isSkip(result)) this.#skip(result, offset);
    else if (result !== undefined && blank.size > 0 && isOnAZeroLine(result)) this.#refuse(offset, madeOfNothing([...blank]));
    else if (result !== undefined) this.#sink.site(result, { locator: this.#locator, block: offset, path: ROOT });
  }

  // The row function is the user's code and may throw anything.
  #tryMake(fields: readonly string[], toRow: RowMaker, offset: number, columns: readonly string[]): SiteInput | Skip | undefined {
    let result: unknown;
    try {
      const row = toRow(fields);
      const corrected = this.#correct?.corrections.apply(this.#correct.key(row), fields, columns) ?? fields;
      result = this.#toSite(corrected === fields ? row : toRow(corrected));
    } catch (error) {
      if (error instanceof UnknownColumn) this.#unknownColumn(error.column, offset, columns);
      else if (error instanceof NotANumber) this.#refuse(offset, notANumber(error));
      else
        this.#refuse(offset, {
          code: "row-function-failed",
          message: `the row function throws: ${messageOf(error)}`,
          next: nextAfter(error),
        });
      return undefined;
    }
    if (isSkip(result) || isPlainObject(result)) return result as SiteInput | Skip;
    this.#refuse(offset, {
      code: "row-function-failed",
      message: `the row function returns ${kindOf(result)} instead of a site`,
      next: NEXT,
    });
    return undefined;
  }

  #skip({ reason }: Skip, offset: number): void {
    if (typeof reason === "string" && reason.trim() !== "") this.#sink.skipped({ reason: printable(reason), at: this.#place(offset) });
    else this.#refuse(offset, { code: "row-function-failed", message: "the row function skips this row without a reason", next: NEXT });
  }

  // Reported once, not for each row.
  #unknownColumn(column: string, offset: number, columns: readonly string[]): void {
    if (this.#unknownColumns.has(column)) return;
    this.#unknownColumns.add(column);
    const near = nearestName(column, columns);
    const next = near ? `did you mean ${quoted(near)}?` : "correct the row function; if the first line is not a header, add one";
    const message = `the row function reads the column ${quoted(column)}, but the header has ${columns.map((name) => quoted(name, 24)).join(", ")}`;
    const at = [this.#place(0), this.#place(offset)];
    this.#sink.unreadable({ code: "unknown-column", severity: "error", message, at, next });
  }

  #refuse(offset: number, violation: RuleViolation): void {
    this.#sink.unreadable(textProblem(this.#lines(), { ...violation, offset }));
  }

  #place(offset: number): Place {
    return this.#lines().placeAt(offset);
  }
}

// One list for all rows.
const ROOT: readonly never[] = [];
const NEXT = 'correct the row function for this row; return skip("reason") for a row that is not a site';

function notANumber({ column, text }: NotANumber): RuleViolation {
  if (text === "") {
    const next = `write the number into the cell; for a row without one return skip("reason") before it is read`;
    return { code: "bad-number", message: `column ${quoted(column)} is empty, and a number is needed`, next };
  }
  const isDecimalComma = /^[-+]?[0-9]+,[0-9]+$/.test(text);
  const next = isDecimalComma ? `write it with a decimal point: ${text.replace(",", ".")}` : "write a number, without a unit";
  return { code: "bad-number", message: `column ${quoted(column)} is ${quoted(text, 60)}, which is no number`, next };
}

/** Exactly on the equator or on the prime meridian. */
function isOnAZeroLine({ location }: SiteInput): boolean {
  const { latitude, longitude } = (isPlainObject(location) ? location : {}) as { latitude?: unknown; longitude?: unknown };
  return latitude === 0 || longitude === 0;
}

function madeOfNothing(columns: readonly string[]): RuleViolation {
  const names = columns.map((column) => quoted(column)).join(", ");
  return {
    code: "null-island",
    message: `the latitude or longitude is 0, and ${columns.length === 1 ? `column ${names} is` : `columns ${names} are`} empty in this row`,
    because: 'Number("") is 0, which is a place on the equator or on the meridian of Greenwich',
    next: 'write the real location into the row, and read it with numberIn(row, "latitude"), which refuses an empty cell; for a site that is really there write 0.0001',
  };
}

// Names are used unchanged, with their spaces; the row function must use the same.
function headerFaults(name: string, at: number, names: readonly string[]): RuleViolation[] {
  const column = `column ${at + 1} of the header`;
  if (name.trim() === "")
    return [{ code: "bad-csv", message: `${column} has no name`, next: "name it; if the first line is not a header, add one" }];
  if (name === "__proto__") return [{ code: "bad-csv", message: `${column} must not be named __proto__`, next: "rename it" }];
  const first = names.indexOf(name);
  return first < at
    ? [
        {
          code: "bad-csv",
          message: `columns ${first + 1} and ${at + 1} of the header are both named ${quoted(name)}`,
          next: "rename one of them",
        },
      ]
    : [];
}

// The inventory is read when its module runs, before constants further down are initialized.
function nextAfter(error: unknown): string {
  const isEarly = error instanceof ReferenceError && /before initialization/.test(error.message);
  return isEarly ? "move the constants that the row function uses above the inventory" : NEXT;
}

// Without the stack, which shows this library; the row is the place to look at.
function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return value instanceof Promise ? "a promise" : "an instance of a class";
  return `a ${typeof value}`;
}
