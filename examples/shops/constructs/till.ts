import type { Chart } from "cdk8s";
import { App, type AppProps, Exposure, late, Settings, type Site, Workload } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface TillProps extends AppProps<Labels> {
  /** By digest. */
  readonly image: string;
}

/** The tills' server. Two replicas where there are two machines, and fewer price lists over a line that costs money by the byte. */
export class Till extends App<TillProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const refreshSeconds = site.link?.metered === true ? 3_600 : 300;
    const settings = new Settings(chart, "till-settings", {
      // Late: filled in after rendering, so that all alike shops share one render.
      data: { "till.conf": late`shop = ${site.late.id}\nname = ${site.late.name}\nprices_refresh_seconds = ${refreshSeconds}\n` },
    });
    const workload = new Workload(chart, "till", {
      image: this.props.image,
      replicas: site.nodes.length > 1 ? 2 : 1,
      ports: { http: 8080 },
      volumes: { settings: { mountPath: "/etc/till", settings } },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
    });
    // The probe is what the box asks while a new release is on trial: when it does not answer in time, the shop goes back by itself.
    new Exposure(chart, "exposure", { name: "till", workload, probe: { path: "/healthz" } });
  }
}
