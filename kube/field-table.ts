import { readFileSync } from "node:fs";

/** Kubernetes minor versions that objects can be checked against, oldest first. */
export const KUBERNETES_MINORS = ["1.36"] as const;

export type Scope = "namespaced" | "cluster";

export type Primitive = "string" | "boolean" | "int32" | "int64" | "double" | "byte" | "date" | "int-or-string" | "quantity" | "any";

export type FieldType =
  | { readonly is: Primitive }
  | { readonly is: "enum"; readonly values: readonly string[] }
  | { readonly is: "list" | "map"; readonly of: FieldType }
  /** The name of another type in the table. */
  | { readonly is: "object"; readonly type: string };

export interface Field {
  readonly type: FieldType;
  readonly required: boolean;
}

interface TableDocument {
  readonly kubernetes: string;
  /** `apps/v1/Deployment` -> name of its type, scope. */
  readonly kinds: Readonly<Record<string, readonly [string, Scope]>>;
  /** Type -> field -> code: `[` list of, `{` map of, `=` one of these values, then a primitive or a type; `!` at the end: required. */
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Kinds and fields of one Kubernetes minor version, from its OpenAPI document; see tools/generate-fields.ts. */
export class FieldTable {
  readonly kubernetes: string;
  readonly #document: TableDocument;
  readonly #fields = new Map<string, ReadonlyMap<string, Field>>();

  constructor(document: TableDocument) {
    this.kubernetes = document.kubernetes;
    this.#document = document;
  }

  /** undefined when this minor serves no such kind. */
  tryKind(apiVersion: string, kind: string): { readonly type: string; readonly scope: Scope } | undefined {
    const key = `${apiVersion}/${kind}`;
    if (!Object.hasOwn(this.#document.kinds, key)) return undefined;
    const [type, scope] = this.#document.kinds[key] as readonly [string, Scope];
    return { type, scope };
  }

  /** `apps/v1/Deployment`, in byte order. */
  get kinds(): readonly string[] {
    return Object.keys(this.#document.kinds);
  }

  /** Whether the group belongs to Kubernetes itself, not to a custom resource. */
  hasGroup(group: string): boolean {
    return group === "" || this.kinds.some((kind) => kind.startsWith(`${group}/`));
  }

  fieldsOf(type: string): ReadonlyMap<string, Field> {
    let fields = this.#fields.get(type);
    if (fields === undefined) {
      const codes = this.#document.types[type];
      if (codes === undefined) throw new Error(`field table ${this.kubernetes} has no type ${type}`);
      fields = new Map(Object.entries(codes).map(([name, code]) => [name, readField(code)]));
      this.#fields.set(type, fields);
    }
    return fields;
  }
}

const tables = new Map<string, FieldTable>();

/** Reads a table at its first use, because agents may never need one. undefined for a minor version without a table. */
export function tryFieldTable(minor: string): FieldTable | undefined {
  if (!KUBERNETES_MINORS.some((known) => known === minor)) return undefined;
  let table = tables.get(minor);
  if (table === undefined) {
    table = new FieldTable(JSON.parse(readFileSync(new URL(`fields-${minor}.generated.json`, import.meta.url), "utf8")) as TableDocument);
    tables.set(minor, table);
  }
  return table;
}

function readField(code: string): Field {
  const required = code.endsWith("!");
  return { type: readType(required ? code.slice(0, -1) : code), required };
}

function readType(code: string): FieldType {
  if (code.startsWith("[")) return { is: "list", of: readType(code.slice(1)) };
  if (code.startsWith("{")) return { is: "map", of: readType(code.slice(1)) };
  if (code.startsWith("=")) return { is: "enum", values: code.slice(1).split("|") };
  return /^[A-Z]/.test(code) ? { is: "object", type: code } : { is: code as Primitive };
}
