import type { Chart } from "cdk8s";
import { App, type AppProps, Exposure, Settings, type Site, Workload } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface ApronWeatherProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Lightning and wind on the apron, everywhere. How often it asks the hub rests on what the bytes cost there. */
export class ApronWeather extends App<ApronWeatherProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    // Two facts, one render for each pair of answers: sites that agree on both share it.
    const isThin = site.link?.kind === "satellite" || site.link?.metered === true;
    const settings = new Settings(chart, "weather-settings", {
      data: {
        "weather.conf": `hub = https://weather.hub.example\npoll_seconds = ${isThin ? 900 : 60}\nradar_images = ${isThin ? "no" : "yes"}\n`,
      },
    });
    const weather = new Workload(chart, "weather", {
      image: this.props.image,
      ports: { http: 8125 },
      readiness: { httpGet: { path: "/ready", port: "http" } },
      volumes: { settings: { mountPath: "/etc/weather", settings } },
    });
    new Exposure(chart, "exposure", { workload: weather, probe: { path: "/ready" } });
  }
}
