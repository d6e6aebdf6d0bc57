import type { Chart } from "cdk8s";
import { App, type AppProps, type Site, Workload, WorkloadService } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface RunwayLightsProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Monitors runway lights at airports without scheduled flights, where pilots switch them by radio. Requests less CPU on a single machine. */
export class RunwayLights extends App<RunwayLightsProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const lights = new Workload(chart, "lights", {
      image: this.props.image,
      ports: { http: 8090 },
      // Late facts: these airports share one render of the Deployment.
      env: { AIRPORT: site.late.id, TIME_ZONE: site.late.timeZone },
      readiness: { httpGet: { path: "/lamps", port: "http" } },
      resources: { cpu: site.nodes.length > 1 ? "100m" : "50m", memory: "64Mi" },
    });
    new WorkloadService(chart, "service", { workload: lights, probe: { path: "/lamps" } });
  }
}
