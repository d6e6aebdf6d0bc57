import { z } from "zod";
import { OWN_FACTS } from "./block.ts";
import { factSchemas } from "./schema.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schemas (draft 2020-12) for editors: of a site's document in YAML or JSON, and of a file of defaults. */
export interface InventorySchemas {
  readonly site: JsonSchema;
  readonly defaults: JsonSchema;
}

/** `labels` is the inventory's label schema; without it any map is accepted. Rules that JSON Schema cannot express are only checked by `inventory`. */
export function jsonSchema(labels?: z.core.$ZodType): InventorySchemas {
  const facts = { ...factSchemas, labels: labelShape(labels) };
  const all = Object.entries(facts).map(([name, schema]) => [name, OWN_FACTS.has(name) ? schema : schema.nullish()] as const);
  const shared = all.filter(([name]) => !OWN_FACTS.has(name));
  const site = z.strictObject({
    ...(Object.fromEntries(all) as typeof facts),
    neighbours: facts.neighbours.optional(),
    reportKey: facts.reportKey.optional(),
  });
  const sharedFacts = z.strictObject(Object.fromEntries(shared));
  const labelFacts = z.strictObject(Object.fromEntries(shared.filter(([name]) => name !== "labels")));
  const defaults = z.strictObject({
    fleet: sharedFacts.optional(),
    levels: z.record(z.string(), sharedFacts).optional(),
    labels: z.record(z.string(), labelFacts).optional(),
  });
  return { site: write(site, "A site"), defaults: write(defaults, "Defaults that many sites share") };
}

// Labels may come from the defaults, so none is required here, and null removes one.
function labelShape(labels: z.core.$ZodType | undefined): z.ZodType {
  const shape = (labels?._zod.def as { readonly shape?: Readonly<Record<string, z.ZodType>> } | undefined)?.shape;
  if (!shape) return z.record(z.string(), z.unknown());
  return z.strictObject(Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, z.nullish(schema)])));
}

// `unrepresentable`: a label schema with a transform still describes its input.
function write(schema: z.ZodType, title: string): JsonSchema {
  return { title, ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) };
}
