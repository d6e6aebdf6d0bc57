import type { Chart } from "cdk8s";
import { App, type AppProps, Workload, WorkloadService } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface BeamPlannerProps extends AppProps<Labels> {
  readonly image: string;
}

/** Learns from the traffic how to steer antennas, on the accelerator of a mast. */
export class BeamPlanner extends App<BeamPlannerProps> {
  override build(chart: Chart): void {
    const workload = new Workload(chart, "planner", {
      image: this.props.image,
      gpus: 1,
      ports: { grpc: 9000 },
      // Loading the model takes minutes. A release that takes longer fails.
      startup: { tcpSocket: { port: "grpc" }, periodSeconds: 10, failureThreshold: 30 },
      readiness: { tcpSocket: { port: "grpc" } },
      resources: { cpu: "2", memory: "8Gi" },
    });
    new WorkloadService(chart, "service", { name: "planner", workload, port: 9000 });
  }
}
