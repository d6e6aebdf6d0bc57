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
export { capacityOf, type SiteCapacity } from "./capacity.ts";
export type { RowFunction } from "./csv-file.ts";
export { csv, type CsvOptions } from "./csv-source.ts";
export type { CsvRow } from "./csv-row.ts";
export type { DefaultsSource } from "./defaults-source.ts";
export type { Defaults, NodeInput, Quantity, SharedFacts, SiteInput } from "./input.ts";
export { inventory, type Inventory, type InventoryOptions } from "./inventory.ts";
export { type InventorySchemas, jsonSchema } from "./json-schema.ts";
export { json, ndjson } from "./json-source.ts";
export { type LevelNode, levelTree } from "./level-tree.ts";
export { NearestSites } from "./nearest-site.ts";
export { sites } from "./object-source.ts";
export type { FactOrigin } from "./provenance.ts";
export { parseSelector, type Selector, type SelectorReading, selectSites } from "./selector.ts";
export { type Skip, skip } from "./skip.ts";
export type { SkippedRow, Source } from "./source.ts";
export { yaml } from "./yaml-source.ts";
