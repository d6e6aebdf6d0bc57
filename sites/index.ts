export {
  type Architecture,
  type DeviceFacts,
  type DiskFacts,
  type GpuFacts,
  type Labels,
  type LinkFacts,
  type LinkKind,
  type Location,
  type MachineFacts,
  type NetworkFacts,
  type NicFacts,
  type NodeFacts,
  type NodeRole,
  type SiteFacts,
  type WindowFacts,
} from "./facts.ts";
export { capacityOf, type SiteCapacity } from "./query/capacity.ts";
export type { RowFunction } from "./sources/csv-file.ts";
export { csv, type CsvOptions } from "./sources/csv-source.ts";
export { type CsvRow, numberIn } from "./sources/csv-row.ts";
export type { DefaultsSource } from "./sources/defaults-source.ts";
export type { Defaults, NodeInput, Quantity, SharedFacts, SiteInput } from "./input.ts";
export { inventory, type Inventory, type InventoryOptions } from "./inventory.ts";
export { type InventorySchemas, jsonSchema } from "./schema/json-schema.ts";
export { json, ndjson } from "./sources/json-source.ts";
export { type LevelNode, levelTree } from "./query/level-tree.ts";
export { NearestSites } from "./query/nearest-site.ts";
export { sites } from "./sources/object-source.ts";
export type { FactOrigin } from "./merge/provenance.ts";
export { parseSelector, type Selector, type SelectorReading, selectSites } from "./query/selector.ts";
export { type Skip, skip } from "./sources/skip.ts";
export type { InventorySource, SkippedRow, Source } from "./sources/source.ts";
export { yaml } from "./sources/yaml-source.ts";
