import type { Chart } from "cdk8s";
import { ConfigMap, Layer, type LayerProps, type Site, Workload } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { diskShareBytes } from "./disk-share.ts";

export interface NodeMetricsProps<L = Labels> extends LayerProps<L> {
  /** Both by digest: node-exporter 1.x measures the node, vmagent 1.x buffers and sends the samples. */
  readonly images: { readonly exporter: string; readonly agent: string };
  readonly namespace: string;
  /** URL for Prometheus remote write, e.g. `https://metrics.hub.example/api/v1/write`. */
  readonly hub: string;
  /** The share of a node's disks for samples that are not delivered yet. @default 0.01 */
  readonly diskShare?: number;
  /** @default 30, or 120 on a metered link */
  readonly intervalSeconds?: number;
}

const QUEUE = "/var/lib/vmagent";
const EXPORTER_PORT = 9100;

/** Measures every node. Samples are queued on its disk, up to a limit, until the hub has received them. */
export class NodeMetrics<L = Labels> extends Layer<NodeMetricsProps<L>> {
  override build(chart: Chart, site: Site<L>): void {
    this.#addExporter(chart);
    this.#addAgent(chart, site);
  }

  // In the host network, to measure the node and not the pod.
  #addExporter(chart: Chart): void {
    const { images, namespace } = this.props;
    new Workload(chart, "exporter", {
      name: "node-exporter",
      namespace,
      image: images.exporter,
      perNode: true,
      args: ["--path.rootfs=/host", `--web.listen-address=:${EXPORTER_PORT}`, "--collector.systemd"],
      ports: { metrics: EXPORTER_PORT },
      readiness: { httpGet: { path: "/", port: "metrics" } },
      resources: { cpu: "20m", memory: "48Mi" },
      security: { hostNetwork: true, hostPID: true, runAsUser: 65534 },
      volumes: { host: { mountPath: "/host", hostPath: "/", type: "Directory", readOnly: true } },
    });
  }

  // vmagent expands `%{…}` from its environment and the kubelet expands `$(…)`, so the configuration is the same on every node.
  #addAgent(chart: Chart, site: Site<L>): void {
    const { images, namespace, hub, diskShare = 0.01, intervalSeconds = site.link?.metered ? 120 : 30 } = this.props;
    const scrape = `global:
  scrape_interval: ${intervalSeconds}s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["%{NODE_ADDRESS}:${EXPORTER_PORT}"]
        labels: { node: "%{NODE}" }
`;
    const settings = new ConfigMap(chart, "metrics-agent", { namespace, data: { "scrape.yaml": scrape } });
    new Workload(chart, "agent", {
      name: "metrics-agent",
      namespace,
      image: images.agent,
      perNode: true,
      args: [
        "-promscrape.config=/etc/vmagent/scrape.yaml",
        `-remoteWrite.url=${hub}`,
        "-remoteWrite.label=site=$(SITE)",
        `-remoteWrite.tmpDataPath=${QUEUE}`,
        `-remoteWrite.maxDiskUsagePerURL=${diskShareBytes(site, diskShare)}`,
      ],
      env: { SITE: site.late.id, NODE: { field: "spec.nodeName" }, NODE_ADDRESS: { field: "status.hostIP" } },
      ports: { http: 8429 },
      readiness: { httpGet: { path: "/health", port: "http" } },
      resources: { cpu: "20m", memory: "96Mi" },
      security: { allowRoot: true, runAsUser: 0 },
      volumes: {
        settings: { mountPath: "/etc/vmagent", configMap: settings },
        queue: { mountPath: QUEUE, hostPath: QUEUE, type: "DirectoryOrCreate" },
      },
    });
  }
}
