import { setImmediate } from "node:timers/promises";
import type { Fleet } from "../../constructs/index.ts";
import { type Problem, systemProcess } from "../../core/index.ts";
import { type FleetConfig, readFleetConfig } from "./fleet-config.ts";
import { loadStack, tryStackFault } from "./load-stack.ts";
import { blameStack } from "../output/sudden-end.ts";

export interface OpenFleet {
  readonly config: FleetConfig;
  readonly fleet: Fleet;
}

type Refused = { readonly problems: readonly Problem[] };

/**
 * Goes to the folder of the fleet that the working folder belongs to. From here on paths in cdk8s.yaml and in stacks mean the same
 * wherever the command was started.
 */
export function enterFleet(): { readonly config: FleetConfig } | Refused {
  const read = readFleetConfig(systemProcess.workingFolder);
  if ("config" in read) process.chdir(read.config.root);
  return read;
}

/**
 * The same, and runs the fleet's stack: the user's code, in our process. What it prints goes to stderr, so that a forgotten
 * `console.log` does not end up inside our JSON.
 */
export async function openFleet(): Promise<OpenFleet | Refused> {
  const entered = enterFleet();
  if ("problems" in entered) return entered;
  globalThis.console = new console.Console(process.stderr);
  blameStack((error) => tryStackFault(error, entered.config.stack));
  const loaded = await loadStack(entered.config.stack);
  // One turn of the event loop: a promise of the stack that was rejected by now is told before anything is made of the stack.
  await setImmediate();
  return "problems" in loaded ? loaded : { config: entered.config, fleet: loaded.fleet };
}
