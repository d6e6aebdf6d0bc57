import type { Chart } from "cdk8s";
import { App, type AppProps, late, type Site, Workload, WorkloadService } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface ShopWindowProps extends AppProps<Labels> {
  /** By digest. */
  readonly image: string;
}

/** The screens in a shop's window. Two replicas where there are two machines to run them. */
export class ShopWindow extends App<ShopWindowProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const workload = new Workload(chart, "screens", {
      image: this.props.image,
      replicas: site.nodes.length > 1 ? 2 : 1,
      ports: { http: 8080 },
      // Late facts: filled in after rendering, so that all small shops share one render.
      env: { SHOP: site.late.id, GREETING: late`Welcome to ${site.late.name}` },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
    });
    new WorkloadService(chart, "service", { name: "screens", workload, probe: { path: "/healthz" } });
  }
}
