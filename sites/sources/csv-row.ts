/** A row by its columns, all text. Name the columns (`csv<"icao" | "name">(…)`) and a slip does not compile. */
export type CsvRow<Column extends string = string> = Readonly<Record<Column, string>>;

export type RowMaker = (fields: readonly string[]) => CsvRow;

/** A row function asked for a column that the header does not have. */
export class UnknownColumn extends Error {
  readonly column: string;

  constructor(column: string) {
    super(`unknown column ${column}`);
    this.column = column;
  }
}

/**
 * A row is a view of its fields: nothing is copied, and the name of a column that does not exist is an error instead of `undefined`, which would
 * spread silently into ten thousand sites. Spreading a row and listing its keys work as on a plain object.
 */
export function rowMaker(columns: readonly string[]): RowMaker {
  const index = new Map(columns.map((column, at) => [column, at]));
  return (fields) => new Proxy(EMPTY, new RowView(index, fields)) as CsvRow;
}

// The target of all rows. Its traps answer everything, so it stays empty for ever.
const EMPTY = {};

class RowView implements ProxyHandler<object> {
  readonly #index: ReadonlyMap<string | symbol, number>;
  readonly #fields: readonly string[];

  constructor(index: ReadonlyMap<string | symbol, number>, fields: readonly string[]) {
    this.#index = index;
    this.#fields = fields;
  }

  get(_: object, key: string | symbol): unknown {
    const at = this.#index.get(key);
    if (at !== undefined) return this.#fields[at];
    // What printing, awaiting and comparing ask of any object.
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

  // A row is evidence: in strict code a change throws.
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
