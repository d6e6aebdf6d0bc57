import type { SiteFacts } from "../sites/index.ts";

/** A smaller buffer is not useful. */
const BYTES_MIN = 64_000_000;

/**
 * A share of the smallest node's disks, in units of 64 MB. A DaemonSet is the same on all nodes, so the smallest node counts. The coarse unit
 * keeps disks that differ by a few bytes from causing separate renders.
 */
export function diskShareBytes(site: Pick<SiteFacts, "nodes">, share: number): number {
  const disks = site.nodes.map((node) => node.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0));
  return Math.max(BYTES_MIN, Math.floor((Math.min(...disks) * share) / BYTES_MIN) * BYTES_MIN);
}
