export {
  type Architecture,
  ARCHITECTURES,
  type DeviceFacts,
  DISK_TYPES,
  type DiskFacts,
  type GpuFacts,
  type Labels,
  LINK_KINDS,
  type LinkFacts,
  type LinkKind,
  type Location,
  type MachineFacts,
  type NetworkFacts,
  type NicFacts,
  NODE_ROLES,
  type NodeFacts,
  type NodeRole,
  type SiteFacts,
  type WindowFacts,
} from "./facts.ts";
export type { Defaults, NodeInput, Quantity, SharedFacts, SiteInput } from "./input.ts";
export { skip } from "./skip.ts";
