import type { Chart } from "cdk8s";
import { App, type AppProps, Exposure, type Site, Workload } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface PassengerFlowProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Counts heads at the lanes of large airports: a replica a machine, and four lanes each. */
export class PassengerFlow extends App<PassengerFlowProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const flow = new Workload(chart, "flow", {
      image: this.props.image,
      // A fourth replica would have no machine of its own.
      replicas: Math.min(site.nodes.length, 3),
      ports: { http: 8080 },
      env: { LANES: site.nodes.length * 4, MODE: "sensors" },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
      resources: { cpu: "200m", memory: "192Mi" },
    });
    new Exposure(chart, "exposure", { workload: flow, probe: { path: "/healthz" } });
  }
}
