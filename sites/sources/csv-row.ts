/** A row: column -> text. With named columns (`csv<"icao" | "name">(…)`) an unknown column does not compile. */
export type CsvRow<Column extends string = string> = Readonly<Record<Column, string>>;

/** `onBlank` is called with the column when a row function reads a cell without text. */
export type RowMaker = (fields: readonly string[], onBlank?: (column: string) => void) => CsvRow;

/** Thrown by `numberIn` for a cell that is no number. */
export class NotANumber extends Error {
  readonly column: string;
  readonly text: string;

  constructor(column: string, text: string) {
    super(`column ${column} holds no number: ${text}`);
    this.column = column;
    this.text = text;
  }
}

/**
 * The number in a cell. `Number` alone makes an empty cell 0, which is a place on the equator. An empty cell and other text are problems with the
 * row's place; for an optional number look first whether the cell is empty.
 */
export function numberIn<Column extends string>(row: CsvRow<Column>, column: Column): number {
  const text = row[column].trim();
  if (!/^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(text)) throw new NotANumber(column, text);
  return Number(text);
}

/** Thrown when a row function reads a column that the header does not have. */
export class UnknownColumn extends Error {
  readonly column: string;

  constructor(column: string) {
    super(`unknown column ${column}`);
    this.column = column;
  }
}

/**
 * A row is a proxy over its fields, without copies. Reading an unknown column throws, because `undefined` would silently end up in every site.
 * Spreading a row and listing its keys work as with a plain object.
 */
export function rowMaker(columns: readonly string[]): RowMaker {
  const index = new Map(columns.map((column, at) => [column, at]));
  return (fields, onBlank) => new Proxy(EMPTY, new RowView(index, fields, onBlank)) as CsvRow;
}

// The proxy target of all rows. The traps answer everything, so it stays empty.
const EMPTY = {};

class RowView implements ProxyHandler<object> {
  readonly #index: ReadonlyMap<string | symbol, number>;
  readonly #fields: readonly string[];
  readonly #onBlank: ((column: string) => void) | undefined;

  constructor(index: ReadonlyMap<string | symbol, number>, fields: readonly string[], onBlank?: (column: string) => void) {
    this.#index = index;
    this.#fields = fields;
    this.#onBlank = onBlank;
  }

  get(_: object, key: string | symbol): unknown {
    const at = this.#index.get(key);
    if (at !== undefined) {
      const text = this.#fields[at] as string;
      if (text.trim() === "") this.#onBlank?.(key as string);
      return text;
    }
    // Keys that printing, awaiting and comparing read on any object.
    if (typeof key === "symbol" || key === "toJSON" || key === "then" || key in EMPTY) return Reflect.get(EMPTY, key) as unknown;
    throw new UnknownColumn(key);
  }

  has(_: object, key: string | symbol): boolean {
    return this.#index.has(key);
  }

  ownKeys(): string[] {
    return [...this.#index.keys()] as string[];
  }

  getOwnPropertyDescriptor(_: object, key: string | symbol): PropertyDescriptor | undefined {
    const at = this.#index.get(key);
    return at === undefined ? undefined : { value: this.#fields[at], enumerable: true, configurable: true, writable: false };
  }

  // Rows are read-only: a write throws in strict code.
  set(): boolean {
    return false;
  }

  defineProperty(): boolean {
    return false;
  }

  deleteProperty(): boolean {
    return false;
  }
}
