import type { z } from "zod";
import type { FactPath } from "../fact-path.ts";

// The parts of zod's `_zod.def` that lead from a schema to its inner schemas.
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly catchall?: z.core.$ZodType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
}

/** The keys of the object schema at `path`; empty for any other schema. */
export function keysAt(schema: z.core.$ZodType, path: FactPath): readonly string[] {
  return Object.keys(definitionAt(schema, path)?.shape ?? {});
}

/** The values of the schema at `path` when they are a closed list; else empty. */
export function optionsAt(schema: z.core.$ZodType, path: FactPath): readonly string[] {
  const definition = definitionAt(schema, path);
  if (definition?.type === "boolean") return ["true", "false"];
  return Object.values(definition?.entries ?? definition?.values ?? []).map(String);
}

/** Whether the schema accepts unknown keys: a record, a loose object, or not an object. */
export function isOpen(schema: z.core.$ZodType): boolean {
  const definition = definitionAt(schema, []);
  return definition?.shape === undefined || (definition.catchall !== undefined && definitionAt(definition.catchall, [])?.type !== "never");
}

// Stops at unions and records, which have no single set of keys.
function definitionAt(schema: z.core.$ZodType | undefined, path: FactPath): Definition | undefined {
  let definition = unwrapped(schema);
  for (const step of path) {
    const below = typeof step === "number" ? definition?.element : own(definition?.shape, step);
    definition = unwrapped(below);
  }
  return definition;
}

// Unwraps optional, nullable, default and pipe.
function unwrapped(schema: z.core.$ZodType | undefined): Definition | undefined {
  let definition = schema?._zod.def as Definition | undefined;
  for (let inner = definition?.innerType ?? definition?.in; inner; inner = definition?.innerType ?? definition?.in) {
    definition = inner._zod.def as Definition;
  }
  return definition;
}

// A path may name `constructor`.
function own(shape: Definition["shape"], key: string): z.core.$ZodType | undefined {
  return shape && Object.hasOwn(shape, key) ? shape[key] : undefined;
}
