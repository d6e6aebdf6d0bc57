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

/** Facts that merge deep: each may be left to the defaults, and `null` removes what a default says. */
export type Mergeable<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** One site as people write it, in any source. Only `id`, `name` and `level` cannot come from the defaults. */
export interface SiteInput {
  readonly id: string;
  readonly name: string;
  readonly level: readonly string[];
  readonly location?: Mergeable<Location> | null | undefined;
  readonly timeZone?: string | null | undefined;
  /** Checked by the inventory's schema. */
  readonly labels?: Labels | null | undefined;
  readonly profile?: string | null | undefined;
  readonly window?: Mergeable<WindowFacts> | null | undefined;
  readonly network?: Mergeable<NetworkFacts> | null | undefined;
  readonly link?: Mergeable<LinkFacts> | null | undefined;
  readonly nodes?: readonly NodeInput[] | null | undefined;
  readonly neighbours?: readonly string[] | undefined;
  readonly reportKey?: string | undefined;
}

/** Lists may be left out where there is nothing in them. */
export interface NodeInput extends Pick<NodeFacts, "id" | "role" | "arch" | "cpu"> {
  readonly memory: Quantity;
  readonly disks?: readonly (Omit<DiskFacts, "sizeBytes"> & { readonly sizeBytes: Quantity })[] | undefined;
  readonly nics?: readonly NicFacts[] | undefined;
  readonly gpus?: readonly (Omit<GpuFacts, "memoryBytes"> & { readonly memoryBytes?: Quantity })[] | undefined;
  readonly devices?: readonly DeviceFacts[] | undefined;
  readonly machine?: MachineFacts | undefined;
}

/** What a whole fleet or a whole level can share. What names one place (`id name level neighbours reportKey`) cannot. */
export type SharedFacts = Omit<SiteInput, "id" | "name" | "level" | "neighbours" | "reportKey">;

/**
 * Facts that many sites share, merged in this order, the site last:
 * `fleet`, then `levels` from the outermost in (`"eu"`, `"eu/de"`), then `labels` (`"size=large"`, or `"size=large,scheduled=true"` for sites that carry both).
 * Labels cannot come from label defaults: they say which of those apply.
 */
export interface Defaults {
  readonly fleet?: SharedFacts;
  readonly levels?: Readonly<Record<string, SharedFacts>>;
  readonly labels?: Readonly<Record<string, Omit<SharedFacts, "labels">>>;
}
