import type { Construct } from "constructs";
import { LogCollector, Namespaces, NetworkPolicies, Profile } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface FreighterProps {
  /** fluent-bit, by digest. */
  readonly logCollector: string;
  /** Receives logs over HTTPS. */
  readonly hub: string;
}

const OBSERVABILITY = "observability";

/** Two machines at sea: polls once an hour, and has disk space for the logs of weeks without a link. */
export class Freighter extends Profile<Labels> {
  constructor(scope: Construct, id: string, { logCollector, hub }: FreighterProps) {
    super(scope, id, { where: (site) => site.labels.class === "freighter", pollSeconds: 3_600 });
    new Namespaces<Labels>(this, "namespaces", { system: { [OBSERVABILITY]: "privileged" } });
    new NetworkPolicies<Labels>(this, "network-policies", {
      system: { [OBSERVABILITY]: { egressTo: ["0.0.0.0/0"] } },
      apps: { ingressFrom: ["kube-system"] },
    });
    new LogCollector<Labels>(this, "log-collector", {
      namespace: OBSERVABILITY,
      image: logCollector,
      hub: { host: hub, port: 443 },
      diskShare: 0.1,
    });
  }
}
