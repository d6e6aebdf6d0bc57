import type { Chart } from "cdk8s";
import { App, type AppProps, type Site, Workload, WorkloadService } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface BaggageVisionProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Reads baggage tags from cameras, with one GPU. The model is on a persistent volume, because it is too large to download twice over a slow link. */
export class BaggageVision extends App<BaggageVisionProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const vision = new Workload(chart, "vision", {
      image: this.props.image,
      gpus: 1,
      ports: { grpc: 9000 },
      // Loading the model may take ten minutes. A release that takes longer fails.
      startup: { tcpSocket: { port: "grpc" }, periodSeconds: 10, failureThreshold: 60 },
      readiness: { tcpSocket: { port: "grpc" } },
      resources: { cpu: "1", memory: site.capacity.gpus > 1 ? "6Gi" : "4Gi" },
      security: { runAsUser: 10_001, fsGroup: 10_001 },
      volumes: {
        model: { mountPath: "/var/lib/vision", persistent: { size: "20Gi", storageClassName: "local-path" } },
        scratch: { mountPath: "/tmp", emptyDir: { sizeLimit: "1Gi" } },
      },
    });
    new WorkloadService(chart, "service", { workload: vision, port: 9000 });
  }
}
