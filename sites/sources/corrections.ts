import { nearestName, type Place, quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";
import { CsvRecords } from "./csv-records.ts";
import { readFileText } from "../text/file-text.ts";
import type { Sink } from "./source.ts";
import { textProblem } from "../text/text-fault.ts";
import { TextLines } from "../text/text-lines.ts";

const HEADER = ["row", "column", "value", "because"];

// One line of the file. Whether it was used is known after the last row.
interface Correction {
  readonly row: string;
  readonly column: string;
  readonly value: string;
  readonly offset: number;
  isUsed: boolean;
}

/**
 * Corrections of a published table, in a separate file: `row,column,value,because`, one cell in each line. The table stays unchanged, and after an
 * update of the table a warning names each correction that is no longer needed.
 */
export class Corrections {
  readonly #lines: TextLines;
  readonly #sink: Sink;
  readonly #byRow = new Map<string, Correction[]>();
  readonly #seenRows = new Set<string>();

  /** undefined when the file cannot be read, which is reported to the sink. */
  static tryOpen(file: string, sink: Sink): Corrections | undefined {
    const read = readFileText(file);
    if ("text" in read) return new Corrections(new TextLines(file, read.text), sink);
    sink.unreadable(read.problem);
    return undefined;
  }

  private constructor(lines: TextLines, sink: Sink) {
    this.#lines = lines;
    this.#sink = sink;
    const records = new CsvRecords(lines.text);
    records.next();
    if (records.fields?.join() === HEADER.join()) while (records.next()) this.#add(records);
    else this.#report(0, { code: "bad-csv", message: "the header of the corrections is wrong", next: `write ${HEADER.join()}` });
    for (const fault of records.faults) this.#sink.unreadable(textProblem(lines, fault));
  }

  /** The row's fields after its corrections. */
  apply(row: string, fields: readonly string[], columns: readonly string[]): readonly string[] {
    const corrections = this.#byRow.get(row);
    if (!corrections) return fields;
    const corrected = [...fields];
    for (const correction of corrections) {
      const at = columns.indexOf(correction.column);
      if (at < 0) this.#unknownColumn(correction, columns);
      else if (this.#seenRows.has(row)) this.#report(correction.offset, twoRows(row));
      else if (fields[at] === correction.value)
        this.#warn(correction, `row ${quoted(row)} already has this value`, "remove the correction");
      else corrected[at] = correction.value;
      correction.isUsed = true;
    }
    this.#seenRows.add(row);
    return corrected;
  }

  /** To be called after the last row. */
  reportUnused(): void {
    for (const corrections of this.#byRow.values()) {
      for (const correction of corrections) {
        if (!correction.isUsed)
          this.#warn(correction, `there is no row ${quoted(correction.row)}`, "correct the name, or remove the correction");
      }
    }
  }

  // The reason is required, so that the correction can be reviewed later.
  #add({ offset, fields }: CsvRecords): void {
    const [row, column, value, because] = fields ?? [];
    if (!fields) return;
    if (row === undefined || column === undefined || value === undefined || !because?.trim() || fields.length !== HEADER.length) {
      return this.#report(offset, {
        code: "bad-csv",
        message: "a correction must have four fields, and the last one, its reason, must not be empty",
        next: `write ${HEADER.join()}`,
      });
    }
    const corrections = this.#byRow.get(row) ?? [];
    const twin = corrections.find((other) => other.column === column);
    if (twin)
      return this.#report(
        offset,
        { code: "duplicate-key", message: `${column} of row ${quoted(row)} is corrected twice`, next: "keep one of the two" },
        twin.offset,
      );
    corrections.push({ row, column, value, offset, isUsed: false });
    this.#byRow.set(row, corrections);
  }

  // Reported once for each correction, even when several rows have the name.
  #unknownColumn({ column, offset, isUsed }: Correction, columns: readonly string[]): void {
    if (isUsed) return;
    const near = nearestName(column, columns);
    this.#report(offset, {
      code: "unknown-column",
      message: `the table has no column ${quoted(column)}`,
      next: near ? `did you mean ${quoted(near)}?` : `use one of ${columns.join(", ")}`,
    });
  }

  // A warning: the result is right, the correction is only outdated.
  #warn({ offset }: Correction, reason: string, next: string): void {
    const at: Place[] = [this.#lines.placeAt(offset)];
    this.#sink.noted({ code: "idle-correction", severity: "warning", message: `this correction changes nothing: ${reason}`, at, next });
  }

  #report(offset: number, violation: RuleViolation, first?: number): void {
    this.#sink.unreadable(textProblem(this.#lines, { ...violation, offset, ...(first === undefined ? {} : { first }) }));
  }
}

function twoRows(row: string): RuleViolation {
  return { code: "bad-csv", message: `two rows are named ${quoted(row)}`, next: "let key return something that only one row has" };
}
