import type { SiteFacts } from "../sites/index.ts";

/** Below it a buffer is not worth its name; a node that small needs a smaller fleet of add-ons. */
const BYTES_MIN = 64_000_000;

/**
 * A part of the smallest node's disks, in whole units of 64 MB: a DaemonSet is the same on all nodes, so the smallest decides. Coarse on
 * purpose: disks that differ by a few bytes must not make a render each.
 */
export function diskShareBytes(site: Pick<SiteFacts, "nodes">, share: number): number {
  const disks = site.nodes.map((node) => node.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0));
  return Math.max(BYTES_MIN, Math.floor((Math.min(...disks) * share) / BYTES_MIN) * BYTES_MIN);
}
