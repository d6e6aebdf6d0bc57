import type { Construct } from "constructs";
import { Profile, type ProfileProps } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { CustomKinds } from "./custom-kinds.ts";
import { LogCollector } from "./log-collector.ts";
import { Namespaces } from "./namespaces.ts";
import { NetworkPolicies, type NetworkPoliciesProps } from "./network-policies.ts";
import { NodeMetrics } from "./node-metrics.ts";

export interface AirportProps<L = Labels> extends ProfileProps<L> {
  /** By digest. */
  readonly images: { readonly logCollector: string; readonly nodeExporter: string; readonly metricsAgent: string };
  /** DNS name of the hub. It receives logs at `logs.<hub>` and metrics at `metrics.<hub>`. */
  readonly hub: string;
  /** Files with the CRDs that the apps use. @default none */
  readonly customKinds?: readonly URL[];
  /** Namespaces of apps that need more traffic than DNS and their own namespace. */
  readonly networkExceptions?: NetworkPoliciesProps["except"];
}

const OBSERVABILITY = "observability";

/**
 * The cluster of an airport: one to three machines with k3s and no IT staff on site. Its layers, in order:
 * kinds, namespaces, network policies, logs, node metrics.
 */
export class Airport<L = Labels> extends Profile<L> {
  constructor(scope: Construct, id: string, props: AirportProps<L>) {
    super(scope, id, props);
    const { images, hub, customKinds = [], networkExceptions = {} } = props;
    if (customKinds.length > 0) new CustomKinds<L>(this, "custom-kinds", { files: customKinds });
    new Namespaces<L>(this, "namespaces", {
      // Both collectors use hostPath volumes.
      system: { [OBSERVABILITY]: "privileged" },
      podSecurityVersion: "v1.36",
      apps: {
        quota: { pods: "24", "requests.memory": "8Gi" },
        limits: { type: "Container", default: { memory: "128Mi" }, defaultRequest: { cpu: "50m", memory: "64Mi" } },
      },
    });
    new NetworkPolicies<L>(this, "network-policies", {
      system: { [OBSERVABILITY]: { egressTo: ["0.0.0.0/0"] } },
      apps: { ingressFrom: ["kube-system"] },
      except: networkExceptions,
    });
    new LogCollector<L>(this, "log-collector", {
      image: images.logCollector,
      namespace: OBSERVABILITY,
      hub: { host: `logs.${hub}`, port: 443 },
    });
    new NodeMetrics<L>(this, "node-metrics", {
      images: { exporter: images.nodeExporter, agent: images.metricsAgent },
      namespace: OBSERVABILITY,
      hub: `https://metrics.${hub}/api/v1/write`,
    });
  }
}
