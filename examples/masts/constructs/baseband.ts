import type { Chart } from "cdk8s";
import { App, type AppProps, ConfigMap, late, type Site, Workload, WorkloadService } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface BasebandProps extends AppProps<Labels> {
  readonly image: string;
}

/** Runs a mast's cells, one replica on each machine. The machine's fastest network card limits its traffic. */
export class Baseband extends App<BasebandProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const gbps = Math.max(...site.nodes.flatMap((node) => node.nics.map((nic) => nic.speedGbps ?? 0)));
    // Addresses differ at each mast. As late facts they do not multiply renders.
    const { vip, gateway, domain } = site.late.network ?? {};
    if (vip === undefined || gateway === undefined || domain === undefined)
      throw new Error("a mast needs network.vip, .gateway and .domain");
    const settings = new ConfigMap(chart, "baseband-settings", {
      data: { "baseband.conf": late`cell = ${domain}\napi = ${vip}\ncore = ${gateway}\nfronthaul_gbps = ${gbps}\n` },
    });
    const workload = new Workload(chart, "baseband", {
      image: this.props.image,
      replicas: site.nodes.length,
      ports: { sctp: 38_412, http: 8080 },
      volumes: { settings: { mountPath: "/etc/baseband", configMap: settings } },
      readiness: { httpGet: { path: "/ready", port: "http" } },
      resources: { cpu: site.labels.kind === "macro" ? "4" : "1", memory: "2Gi" },
    });
    new WorkloadService(chart, "service", { name: "baseband", workload, targetPort: "http", probe: { path: "/ready" } });
  }
}
