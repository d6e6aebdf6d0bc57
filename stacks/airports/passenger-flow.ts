import type { Chart } from "cdk8s";
import { App, type AppProps, type Site, Workload, WorkloadService } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface PassengerFlowProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Counts passengers at the security lanes of large airports: one replica for each machine, with four lanes each. */
export class PassengerFlow extends App<PassengerFlowProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const flow = new Workload(chart, "flow", {
      image: this.props.image,
      // A fourth replica would share a machine.
      replicas: Math.min(site.nodes.length, 3),
      ports: { http: 8080 },
      env: { LANES: site.nodes.length * 4, MODE: "sensors" },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
      resources: { cpu: "200m", memory: "192Mi" },
    });
    new WorkloadService(chart, "service", { workload: flow, probe: { path: "/healthz" } });
  }
}
