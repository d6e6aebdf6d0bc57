import type { NodeFacts } from "../facts.ts";

/** Sums over a site's nodes. Nothing checks whether units fit. */
export interface SiteCapacity {
  readonly nodes: number;
  readonly servers: number;
  /** Whole cores. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly gpus: number;
  /** Sum over the GPUs that have `memoryBytes`. */
  readonly gpuMemoryBytes: number;
  readonly devices: number;
}

// Sites that share their list of nodes share their capacity.
const known = new WeakMap<readonly NodeFacts[], SiteCapacity>();

/** Sums of integers, exact below nine petabytes. */
export function capacityOf({ nodes }: { readonly nodes: readonly NodeFacts[] }): SiteCapacity {
  let capacity = known.get(nodes);
  if (!capacity) known.set(nodes, (capacity = Object.freeze(add(nodes))));
  return capacity;
}

function add(nodes: readonly NodeFacts[]): SiteCapacity {
  const gpus = nodes.flatMap((node) => node.gpus);
  return {
    nodes: nodes.length,
    servers: nodes.filter(({ role }) => role === "server").length,
    cpu: sum(nodes.map(({ cpu }) => cpu)),
    memoryBytes: sum(nodes.map(({ memory }) => memory)),
    diskBytes: sum(nodes.flatMap(({ disks }) => disks.map(({ sizeBytes }) => sizeBytes))),
    gpus: gpus.length,
    gpuMemoryBytes: sum(gpus.map(({ memoryBytes }) => memoryBytes ?? 0)),
    devices: sum(nodes.map(({ devices }) => devices.length)),
  };
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
