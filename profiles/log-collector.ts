import type { Chart } from "cdk8s";
import { ConfigMap, Layer, type LayerProps, type Site, Workload } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { diskShareBytes } from "./disk-share.ts";

export interface LogCollectorProps<L = Labels> extends LayerProps<L> {
  /** fluent-bit 5 or newer, by digest. */
  readonly image: string;
  readonly namespace: string;
  /** Receives log lines as JSON over HTTPS. */
  readonly hub: { readonly host: string; readonly port: number };
  /** The share of a node's disks for logs that are not delivered yet. @default 0.02 */
  readonly diskShare?: number;
}

const STATE = "/var/lib/fluent-bit";

/**
 * Sends the containers' logs to the hub and buffers them on the node's disk while the link is down. When the buffer is full, the oldest chunk
 * is dropped first.
 */
export class LogCollector<L = Labels> extends Layer<LogCollectorProps<L>> {
  override build(chart: Chart, site: Site<L>): void {
    const { image, namespace, diskShare = 0.02 } = this.props;
    // Larger batches compress better, which saves cost on metered links.
    const flushSeconds = site.link?.metered ? 60 : 5;
    const megabytes = diskShareBytes(site, diskShare) / 1_000_000;
    const settings = new ConfigMap(chart, "log-collector", {
      namespace,
      data: { "fluent-bit.yaml": this.#configuration(megabytes, flushSeconds) },
    });
    new Workload(chart, "collector", {
      name: "log-collector",
      namespace,
      image,
      perNode: true,
      args: ["--config=/etc/fluent-bit/fluent-bit.yaml"],
      env: { SITE: site.late.id },
      ports: { health: 2020 },
      readiness: { httpGet: { path: "/api/v1/health", port: "health" } },
      resources: { cpu: "20m", memory: "96Mi" },
      // Container logs and the folder that the kubelet creates belong to root.
      security: { allowRoot: true, runAsUser: 0 },
      volumes: {
        settings: { mountPath: "/etc/fluent-bit", configMap: settings },
        logs: { mountPath: "/var/log", hostPath: "/var/log", type: "Directory", readOnly: true },
        state: { mountPath: STATE, hostPath: STATE, type: "DirectoryOrCreate" },
      },
    });
  }

  // Overrides two defaults: `retry_limit: 1`, after which fluent-bit drops a chunk, and `storage.type: memory`.
  #configuration(megabytes: number, flushSeconds: number): string {
    const { host, port } = this.props.hub;
    return `service:
  flush: ${flushSeconds}
  http_server: on
  http_port: 2020
  health_check: on
  storage.path: ${STATE}/buffer
  storage.type: filesystem
  storage.inherit: on
  storage.max_chunks_up: 64
  storage.backlog.mem_limit: 16M
pipeline:
  inputs:
    - name: tail
      path: /var/log/containers/*.log
      multiline.parser: cri
      db: ${STATE}/tail.db
      skip_long_lines: on
  filters:
    - name: modify
      match: "*"
      add: site \${SITE}
  outputs:
    - name: http
      match: "*"
      host: ${host}
      port: ${port}
      tls: on
      format: json
      compress: gzip
      storage.total_limit_size: ${megabytes}M
      retry_limit: no_limits
`;
  }
}
