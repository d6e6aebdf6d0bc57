import type { Chart } from "cdk8s";
import { App, type AppProps, late, type Site, Workload, WorkloadService } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface PassengerInfoProps extends AppProps<Labels> {
  readonly image: string;
}

/** The screens of a ferry. */
export class PassengerInfo extends App<PassengerInfoProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const workload = new Workload(chart, "screens", {
      image: this.props.image,
      ports: { http: 8080 },
      env: { GREETING: late`Welcome on board ${site.late.name}`, TIME_ZONE: site.late.timeZone },
      readiness: { httpGet: { path: "/healthz", port: "http" } },
    });
    new WorkloadService(chart, "service", { name: "screens", workload, probe: { path: "/healthz" } });
  }
}
