/** A row by its columns, all text. Name the columns (`csv<"icao" | "name">(…)`) and a slip does not compile. */
export type CsvRow<Column extends string = string> = Readonly<Record<Column, string>>;

/** A row function asked for a column that the header does not have. */
export class UnknownColumn extends Error {
  readonly column: string;

  constructor(column: string) {
    super(`unknown column ${column}`);
    this.column = column;
  }
}

/**
 * Rows answer for their own columns at the speed of plain objects. Anything else is looked for behind them, where a trap stands: the name of a
 * column that does not exist is an error and not `undefined`, which would spread silently into ten thousand sites.
 */
export function rowMaker(columns: readonly string[]): (fields: readonly string[]) => CsvRow {
  const behind = new Proxy(Object.prototype, {
    get: (target, key) => {
      if (typeof key === "symbol" || key === "toJSON" || key === "then" || key in target) return Reflect.get(target, key) as unknown;
      throw new UnknownColumn(key);
    },
  });
  return (fields) => {
    const row: Record<string, string> = {};
    for (let at = 0; at < columns.length; at++) row[columns[at] as string] = fields[at] as string;
    return Object.setPrototypeOf(row, behind) as CsvRow;
  };
}
