import type { IConstruct } from "constructs";
import type { Probe } from "../unit.ts";

const PROBE = "skerry:probe";

/**
 * Adds a probe to the plan of the unit that is being built, in addition to those of its props. Call it in `build`, on any construct of the
 * chart. Probes may depend on a site's facts.
 *
 * @example
 * addProbe(chart, { tcp: { service: "weather", port: 8125 } });
 */
export function addProbe(scope: IConstruct, probe: Probe): void {
  scope.node.addMetadata(PROBE, probe);
}

/** The probes that a build added below a construct, in order of construction. */
export function probesIn(scope: IConstruct): readonly Probe[] {
  return scope.node
    .findAll()
    .flatMap((construct) => construct.node.metadata.filter(({ type }) => type === PROBE).map(({ data }) => data as Probe));
}
