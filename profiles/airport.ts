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
  /** DNS name of the hub, which takes logs at `logs.` and metrics at `metrics.` of it. */
  readonly hub: string;
  /** Files with the kinds that the apps use. @default none */
  readonly customKinds?: readonly URL[];
  /** Doors for apps that need more than DNS and their own namespace, by namespace. */
  readonly doors?: NetworkPoliciesProps["except"];
}

const OBSERVABILITY = "observability";

/**
 * The cluster of an airport: one to a few machines with k3s and nobody to look after them. The layers rest on each other in this order:
 * kinds, namespaces, network policies, logs, node metrics.
 */
export class Airport<L = Labels> extends Profile<L> {
  constructor(scope: Construct, id: string, props: AirportProps<L>) {
    super(scope, id, props);
    const { images, hub, customKinds = [], doors = {} } = props;
    if (customKinds.length > 0) new CustomKinds<L>(this, "custom-kinds", { files: customKinds });
    new Namespaces<L>(this, "namespaces", {
      // Both collectors read folders of the node.
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
      except: doors,
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
