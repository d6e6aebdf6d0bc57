import type { Chart } from "cdk8s";
import { App, type AppProps, ConfigMap, type Site, Workload, WorkloadService } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface ApronWeatherProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Lightning and wind warnings for the apron, at every airport. The polling interval depends on the kind and cost of the link. */
export class ApronWeather extends App<ApronWeatherProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    // Reads two facts. Sites with equal values for both share one render.
    const isThin = site.link?.kind === "satellite" || site.link?.metered === true;
    const settings = new ConfigMap(chart, "weather-settings", {
      data: {
        "weather.conf": `hub = https://weather.hub.example\npoll_seconds = ${isThin ? 900 : 60}\nradar_images = ${isThin ? "no" : "yes"}\n`,
      },
    });
    const weather = new Workload(chart, "weather", {
      image: this.props.image,
      ports: { http: 8125 },
      readiness: { httpGet: { path: "/ready", port: "http" } },
      volumes: { settings: { mountPath: "/etc/weather", configMap: settings } },
    });
    new WorkloadService(chart, "service", { workload: weather, probe: { path: "/ready" } });
  }
}
