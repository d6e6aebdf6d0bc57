import type { Clock, Disk, ProcessPort } from "../../core/index.ts";
import type { AgentConfig, AgentProbe } from "../../wire/index.ts";
import { serviceOf } from "../machine/services.ts";
import { unprobed } from "./answers.ts";
import { ExecProbe } from "./exec-probe.ts";
import { askHttp } from "./http-probe.ts";
import type { ProbeAnswer, Probes } from "./probes.ts";
import { askTcp } from "./tcp-probe.ts";

/**
 * Probes of a box whose target cannot resolve Services: agent.json has the URL of each (A16). Commands come only from agent.json, because
 * plans have no `exec` probes.
 */
export function boxProbes(
  { services = {} }: Pick<AgentConfig, "services">,
  clock: Clock,
  environment: ProcessPort,
  disk: Pick<Disk, "pathFault">,
): Probes {
  const commands = new ExecProbe(clock, environment, disk);
  return {
    async ask(probe: AgentProbe, signal: AbortSignal): Promise<ProbeAnswer> {
      if ("exec" in probe) return commands.ask(probe.exec, signal);
      const service = serviceOf(probe);
      const url = Object.hasOwn(services, service) ? services[service] : undefined;
      if (url === undefined) return unprobed(`agent.json has no URL for Service ${service} in "services"`);
      return "http" in probe
        ? askHttp(service, new URL(url), probe.http.path, clock, signal)
        : askTcp(service, new URL(url), clock, signal);
    },
  };
}
