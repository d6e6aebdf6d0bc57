import type { ProbedService } from "../../agent/index.ts";
import { amount } from "../../core/index.ts";
import { table } from "./table.ts";

const ORIGINS = {
  given: "as given",
  "node-port": "node port in the manifest",
  "host-port": "host port in the manifest",
  "host-network": "host network in the manifest",
  "cluster-ip": "cluster IP in the manifest",
} as const;

/** Which of the plan's probes the box will be able to ask, and what to do for the others. */
export function bundleText(services: readonly ProbedService[], release: number | null): string {
  const of = release === null ? "the source, which was not promoted to this site yet" : `release/${release}`;
  if (services.length === 0) return `The plan of ${of} has no probe: nothing will ask whether a new release works.\n`;
  const rows = services.map(({ service, units, url, from }) => [
    `  ${service}`,
    url === undefined ? `not mapped: nothing will ask whether ${units.join(", ")} is healthy` : `${url} (${from && ORIGINS[from]})`,
  ]);
  const unmapped = services.filter(({ url }) => url === undefined);
  const next =
    unmapped.length === 0
      ? ""
      : `Map ${unmapped.length === 1 ? "it" : "them"} with --service ${unmapped[0]?.service}=<url>, or later with services in agent.json at the box.\n`;
  return `Probes of ${of} ask ${amount(services.length, "Service")}:\n${table(["  service", "address at the box"], rows)}${next}`;
}
