import type { Chart } from "cdk8s";
import { App, type AppProps, type Site, Workload, WorkloadService } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface EngineMonitorProps extends AppProps<Labels> {
  readonly image: string;
}

/** Monitors the engines of every ship. Buffers its measurements on a persistent volume until there is a link. */
export class EngineMonitor extends App<EngineMonitorProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const metered = site.link?.metered === true;
    const workload = new Workload(chart, "monitor", {
      image: this.props.image,
      ports: { http: 8080 },
      env: { SHIP: site.late.id, UPLOAD: metered ? "summaries" : "everything" },
      volumes: {
        samples: { mountPath: "/var/lib/monitor", persistent: { size: metered ? "100Gi" : "10Gi", storageClassName: "local-path" } },
      },
      security: { runAsUser: 10_001, fsGroup: 10_001 },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
    });
    new WorkloadService(chart, "service", { name: "monitor", workload, probe: { path: "/healthz" } });
  }
}
