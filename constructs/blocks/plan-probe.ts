import type { IConstruct } from "constructs";
import type { Probe } from "../unit.ts";

const PROBE = "skerry:probe";

/**
 * Gives the unit that is being built one more probe in its plan, besides those of its props. Call it inside `build`, on any construct of
 * the chart: what a site gets probed for may depend on its facts like all else.
 *
 * @example
 * addProbe(chart, { tcp: { service: "weather", port: 8125 } });
 */
export function addProbe(scope: IConstruct, probe: Probe): void {
  scope.node.addMetadata(PROBE, probe);
}

/** The probes that a build has added below a construct, in the order of construction. */
export function probesIn(scope: IConstruct): readonly Probe[] {
  return scope.node
    .findAll()
    .flatMap((construct) => construct.node.metadata.filter(({ type }) => type === PROBE).map(({ data }) => data as Probe));
}
