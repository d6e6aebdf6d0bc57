import type { Fleet } from "../constructs/index.ts";
import { type Problem, systemProcess } from "../core/index.ts";
import { type FleetConfig, readFleetConfig } from "./fleet-config.ts";
import { loadStack } from "./load-stack.ts";

export interface OpenFleet {
  readonly config: FleetConfig;
  readonly fleet: Fleet;
}

/**
 * The fleet that the working folder belongs to. From here on the working folder is the fleet's own, so that paths in a stack mean the same
 * wherever the command was started.
 */
export async function openFleet(): Promise<OpenFleet | { readonly problems: readonly Problem[] }> {
  const read = readFleetConfig(systemProcess.workingFolder);
  if ("problems" in read) return read;
  process.chdir(read.config.root);
  const loaded = await loadStack(read.config.stack);
  return "problems" in loaded ? loaded : { config: read.config, fleet: loaded.fleet };
}
