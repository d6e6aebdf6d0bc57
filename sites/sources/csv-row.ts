/** A row: column -> text. With named columns (`csv<"icao" | "name">(…)`) an unknown column does not compile. */
export type CsvRow<Column extends string = string> = Readonly<Record<Column, string>>;

export type RowMaker = (fields: readonly string[]) => CsvRow;

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
  return (fields) => new Proxy(EMPTY, new RowView(index, fields)) as CsvRow;
}

// The proxy target of all rows. The traps answer everything, so it stays empty.
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
