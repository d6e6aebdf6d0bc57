import type { Bench } from "./judge.ts";
import { AGENT_VERSION } from "../version.ts";
import type { World } from "../context.ts";

/** By what this box judges; the seen seq comes from the machine. */
export function benchOf({ config, trust }: World): Omit<Bench, "seen"> {
  return { fleet: config.fleet, site: config.site, trust: trust.current, seqFloor: config.seqFloor, agentVersion: AGENT_VERSION };
}
