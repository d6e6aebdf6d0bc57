import type { z } from "zod";
import type { FactPath } from "../fact-path.ts";

// zod's schemas describe themselves in `_zod.def`; these are the parts that lead from a schema to the one below it.
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

/** The keys that an object schema knows at `path`; empty where it is no object schema. */
export function keysAt(schema: z.core.$ZodType, path: FactPath): readonly string[] {
  return Object.keys(definitionAt(schema, path)?.shape ?? {});
}

/** The values that can stand at `path`, where the schema is a closed list. */
export function optionsAt(schema: z.core.$ZodType, path: FactPath): readonly string[] {
  const definition = definitionAt(schema, path);
  if (definition?.type === "boolean") return ["true", "false"];
  return Object.values(definition?.entries ?? definition?.values ?? []).map(String);
}

/** Whether keys beyond the known ones may stand there: a record, a loose object, or no object at all. */
export function isOpen(schema: z.core.$ZodType): boolean {
  const definition = definitionAt(schema, []);
  return definition?.shape === undefined || (definition.catchall !== undefined && definitionAt(definition.catchall, [])?.type !== "never");
}

// Unions and records end the way: below them no single set of keys is known.
function definitionAt(schema: z.core.$ZodType | undefined, path: FactPath): Definition | undefined {
  let definition = unwrapped(schema);
  for (const step of path) {
    const below = typeof step === "number" ? definition?.element : own(definition?.shape, step);
    definition = unwrapped(below);
  }
  return definition;
}

// Optional, nullable, default and pipe wrap what they let through.
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
