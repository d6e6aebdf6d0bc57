import type { Chart } from "cdk8s";
import { App, type AppProps, Exposure, type Site, Workload } from "skerry";
import type { AirportLabels } from "../../sites/airports.ts";

export interface BaggageVisionProps extends AppProps<AirportLabels> {
  readonly image: string;
}

/** Reads bag tags off the belt's cameras, with one GPU. The model has a disk of its own: it is too large to load twice by a thin line. */
export class BaggageVision extends App<BaggageVisionProps> {
  override build(chart: Chart, site: Site<AirportLabels>): void {
    const vision = new Workload(chart, "vision", {
      image: this.props.image,
      gpus: 1,
      ports: { grpc: 9000 },
      // Ten minutes to load the model, and a release that takes longer is taken back.
      startup: { tcpSocket: { port: "grpc" }, periodSeconds: 10, failureThreshold: 60 },
      readiness: { tcpSocket: { port: "grpc" } },
      resources: { cpu: "1", memory: site.capacity.gpus > 1 ? "6Gi" : "4Gi" },
      security: { runAsUser: 10_001, fsGroup: 10_001 },
      volumes: {
        model: { mountPath: "/var/lib/vision", persistent: { size: "20Gi", storageClassName: "local-path" } },
        scratch: { mountPath: "/tmp", emptyDir: { sizeLimit: "1Gi" } },
      },
    });
    new Exposure(chart, "exposure", { workload: vision, port: 9000 });
  }
}
