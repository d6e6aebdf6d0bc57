import { join } from "node:path";
import { canonicalDocument, type Disk } from "../core/index.ts";
import { applyEntry } from "./machine/due.ts";
import { headline, troubles } from "./machine/headline.ts";
import { type Machine, type Moment, seconds, type Trouble } from "./machine/state.ts";

/**
 * What only the living agent knows, for `agent status`. It lies beside the cache on memory, because an idle poll changes it and must not
 * write to the disk. All times in seconds since 1970.
 */
export interface LiveStatus {
  readonly format: "skerry.status/1";
  readonly at: number;
  readonly state: string;
  readonly reason: string;
  readonly detail: string;
  readonly troubles: readonly Trouble[];
  /** Last answer of the repository. */
  readonly contactAt: number | null;
  readonly pollAt: number;
  /** When the candidate may be applied; null without one, or when its window never opens. */
  readonly applyAt: number | null;
  readonly repaired: number;
}

export function liveStatus(machine: Machine, moment: Moment): LiveStatus {
  const { reason, detail } = headline(machine, moment);
  const wallAt = (monotonicMs: number): number => Math.floor((moment.wallMs + monotonicMs - moment.monotonicMs) / 1000);
  const entry = applyEntry(machine, moment).atMs;
  return {
    format: "skerry.status/1",
    at: seconds(moment),
    state: machine.phase,
    reason,
    detail,
    troubles: troubles(machine),
    contactAt: machine.memory.contactAt,
    pollAt: wallAt(machine.memory.pollAtMs),
    applyAt: entry === undefined ? null : wallAt(entry),
    repaired: machine.memory.repaired,
  };
}

export function liveStatusPath(cacheFolder: string): string {
  return join(cacheFolder, "status.json");
}

/** Renamed into place so that a reader sees a whole one; not flushed, because it means nothing after a restart. */
export async function writeLiveStatus(disk: Disk, cacheFolder: string, status: LiveStatus): Promise<void> {
  const path = liveStatusPath(cacheFolder);
  await disk.makeFolder(cacheFolder);
  await disk.write(`${path}.new`, Buffer.from(canonicalDocument(status)));
  await disk.rename(`${path}.new`, path);
}
