import type { Chart } from "cdk8s";
import { App, type AppProps, ConfigMap, late, type Site, Workload, WorkloadService } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface TillProps extends AppProps<Labels> {
  /** By digest. */
  readonly image: string;
}

/** The server of the tills. Two replicas where there are two machines, and fewer price updates on a metered link. */
export class Till extends App<TillProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const refreshSeconds = site.link?.metered === true ? 3_600 : 300;
    const settings = new ConfigMap(chart, "till-settings", {
      // Late facts: filled in after rendering, so that shops of the same kind share one render.
      data: { "till.conf": late`shop = ${site.late.id}\nname = ${site.late.name}\nprices_refresh_seconds = ${refreshSeconds}\n` },
    });
    const workload = new Workload(chart, "till", {
      image: this.props.image,
      replicas: site.nodes.length > 1 ? 2 : 1,
      ports: { http: 8080 },
      volumes: { settings: { mountPath: "/etc/till", configMap: settings } },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
    });
    // The agent runs the probe during the trial of a new release. If it does not succeed in time, the shop falls back by itself.
    new WorkloadService(chart, "service", { name: "till", workload, probe: { path: "/healthz" } });
  }
}
