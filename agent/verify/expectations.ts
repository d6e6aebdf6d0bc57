import type { Trust } from "../../core/index.ts";
import type { AgentConfig } from "../../wire/index.ts";
import type { Expectations } from "./judge.ts";
import { AGENT_VERSION } from "../version.ts";

/** What this box expects of a commit; the accepted seq comes from the machine. */
export function expectationsOf({
  config,
  trust,
}: {
  readonly config: Pick<AgentConfig, "fleet" | "site" | "seqFloor">;
  readonly trust: { readonly current: Trust };
}): Omit<Expectations, "seen"> {
  return { fleet: config.fleet, site: config.site, trust: trust.current, seqFloor: config.seqFloor, agentVersion: AGENT_VERSION };
}
