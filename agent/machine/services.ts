import type { AgentProbe, PlanProbe } from "../../wire/index.ts";
import type { AgentSettings } from "./state.ts";
import type { SlotFacts } from "./slot-facts.ts";

/** A Service that a probe names but agent.json does not map to a URL, so that the probe cannot run. */
export interface MissingService {
  readonly unit: string;
  /** `namespace/name:port`, as it is written in `services` of agent.json. */
  readonly service: string;
}

export function serviceOf(probe: PlanProbe): string {
  const { namespace, service, port } = "http" in probe ? probe.http : probe.tcp;
  return `${namespace}/${service}:${port}`;
}

/** Whether the probe can be asked at all: it is a command, or agent.json maps its Service to a URL. */
export function hasAddress(probe: AgentProbe, { services }: AgentSettings): boolean {
  return "exec" in probe || services.includes(serviceOf(probe));
}

/** Those of the running and the waiting release, without duplicates. */
export function missingServices(facts: readonly (SlotFacts | null)[], settings: AgentSettings): readonly MissingService[] {
  const found = new Map<string, MissingService>();
  for (const { unit, probe } of facts.flatMap((one) => one?.probes ?? [])) {
    if ("exec" in probe || hasAddress(probe, settings)) continue;
    const service = serviceOf(probe);
    found.set(`${unit} ${service}`, { unit, service });
  }
  return [...found.values()];
}

const NAMED_MAX = 5;

/** One sentence for people; undefined when nothing is missing. */
export function missingText(missing: readonly MissingService[]): string | undefined {
  if (missing.length === 0) return undefined;
  const names = [...new Set(missing.map(({ service }) => service))];
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : "";
  return `\`services\` in agent.json has no URL for ${names.slice(0, NAMED_MAX).join(", ")}${more}`;
}
