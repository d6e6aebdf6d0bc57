import type {
  DeviceFacts,
  DiskFacts,
  GpuFacts,
  Labels,
  LinkFacts,
  Location,
  MachineFacts,
  NetworkFacts,
  NicFacts,
  NodeFacts,
  WindowFacts,
} from "./facts.ts";

/** A Kubernetes quantity (`"32Gi"`, `"500G"`) or a whole number of bytes. Facts hold bytes. */
export type Quantity = string | number;

/** Facts that are merged deeply: each may come from the defaults, and `null` removes a default. */
export type Mergeable<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** One site as people write it, in any source. All but `id`, `name` and `level` may come from the defaults. */
export interface SiteInput {
  readonly id: string;
  readonly name: string;
  readonly level: readonly string[];
  readonly location?: Mergeable<Location> | null | undefined;
  readonly timeZone?: string | null | undefined;
  /** Checked against the inventory's label schema. */
  readonly labels?: Labels | null | undefined;
  readonly profile?: string | null | undefined;
  readonly window?: Mergeable<WindowFacts> | null | undefined;
  readonly network?: Mergeable<NetworkFacts> | null | undefined;
  readonly link?: Mergeable<LinkFacts> | null | undefined;
  readonly nodes?: readonly NodeInput[] | null | undefined;
  readonly neighbours?: readonly string[] | undefined;
  readonly reportKey?: string | undefined;
}

/** Empty lists may be omitted. */
export interface NodeInput extends Pick<NodeFacts, "id" | "role" | "arch" | "cpu"> {
  readonly memory: Quantity;
  readonly disks?: readonly (Omit<DiskFacts, "sizeBytes"> & { readonly sizeBytes: Quantity })[] | undefined;
  readonly nics?: readonly NicFacts[] | undefined;
  readonly gpus?: readonly (Omit<GpuFacts, "memoryBytes"> & { readonly memoryBytes?: Quantity })[] | undefined;
  readonly devices?: readonly DeviceFacts[] | undefined;
  readonly machine?: MachineFacts | undefined;
}

/** Facts that a whole fleet or level can share: all but those that identify one site (`id name level neighbours reportKey`). */
export type SharedFacts = Omit<SiteInput, "id" | "name" | "level" | "neighbours" | "reportKey">;

/**
 * Facts that many sites share, merged in this order, with the site last:
 * `fleet`, then `levels` from the outermost (`"eu"`, `"eu/de"`), then `labels` (`"size=large"`, or `"size=large,scheduled=true"` for sites with both).
 * Label defaults cannot set labels, because labels select them.
 */
export interface Defaults {
  readonly fleet?: SharedFacts;
  readonly levels?: Readonly<Record<string, SharedFacts>>;
  readonly labels?: Readonly<Record<string, Omit<SharedFacts, "labels">>>;
}
