import type { Chart } from "cdk8s";
import { Layer, type LayerProps, Settings, type Site, Workload } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { diskShareBytes } from "./disk-share.ts";

export interface LogCollectorProps<L = Labels> extends LayerProps<L> {
  /** fluent-bit 5 or newer, by digest. */
  readonly image: string;
  readonly namespace: string;
  /** Takes log lines as JSON by HTTPS. */
  readonly hub: { readonly host: string; readonly port: number };
  /** How much of a node's disks may hold logs that the hub has not got yet. @default 0.02 */
  readonly diskShare?: number;
}

const STATE = "/var/lib/fluent-bit";

/**
 * Ships the containers' logs, and keeps them on the node's disk for as long as the line is down: nothing is dropped before the buffer is
 * full, and then the oldest chunk first.
 */
export class LogCollector<L = Labels> extends Layer<LogCollectorProps<L>> {
  override build(chart: Chart, site: Site<L>): void {
    const { image, namespace, diskShare = 0.02 } = this.props;
    // Larger batches compress better, which counts where bytes cost money.
    const flushSeconds = site.link?.metered ? 60 : 5;
    const megabytes = diskShareBytes(site, diskShare) / 1_000_000;
    const settings = new Settings(chart, "log-collector", {
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
      // Container logs belong to root, and so does a folder that the node makes.
      security: { allowRoot: true, runAsUser: 0 },
      volumes: {
        settings: { mountPath: "/etc/fluent-bit", settings },
        logs: { mountPath: "/var/log", hostPath: "/var/log", type: "Directory", readOnly: true },
        state: { mountPath: STATE, hostPath: STATE, type: "DirectoryOrCreate" },
      },
    });
  }

  // `retry_limit` is one by default, after which fluent-bit drops the chunk; `storage.type` is memory.
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
