import type { Chart } from "cdk8s";
import { App, type AppProps, Exposure, type Site, Workload } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface RunwayLightsProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Where nobody sits in a tower, pilots switch the lights by radio, and this watches the lamps. Asks politely where a single machine does it all. */
export class RunwayLights extends App<RunwayLightsProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const lights = new Workload(chart, "lights", {
      image: this.props.image,
      ports: { http: 8090 },
      // Late: these airports share one Deployment, but for two words in it.
      env: { AIRPORT: site.late.id, TIME_ZONE: site.late.timeZone },
      readiness: { httpGet: { path: "/lamps", port: "http" } },
      resources: { cpu: site.nodes.length > 1 ? "100m" : "50m", memory: "64Mi" },
    });
    new Exposure(chart, "exposure", { workload: lights, probe: { path: "/lamps" } });
  }
}
