import type { Chart } from "cdk8s";
import { App, type AppProps, Exposure, Workload } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface BeamPlannerProps extends AppProps<Labels> {
  readonly image: string;
}

/** Steers antennas by what it learns of the traffic, on the one accelerator of a mast. */
export class BeamPlanner extends App<BeamPlannerProps> {
  override build(chart: Chart): void {
    const workload = new Workload(chart, "planner", {
      image: this.props.image,
      gpus: 1,
      ports: { grpc: 9000 },
      // The model takes minutes to load, and a release that takes longer is undone.
      startup: { tcpSocket: { port: "grpc" }, periodSeconds: 10, failureThreshold: 30 },
      readiness: { tcpSocket: { port: "grpc" } },
      resources: { cpu: "2", memory: "8Gi" },
    });
    new Exposure(chart, "exposure", { name: "planner", workload, port: 9000 });
  }
}
