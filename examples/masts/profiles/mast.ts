import type { Construct } from "constructs";
import { Namespaces, NetworkPolicies, Profile } from "skerry";
import { TimeSource } from "../constructs/time-source.ts";
import type { Labels } from "../sites/labels.ts";

export interface MastProps {
  /** By digest. */
  readonly images: { readonly timeSource: string };
}

const TIME = "time";

/** The cluster of a mast: three servers. The time source uses a device of the node, so it is a layer with its own namespace. */
export class Mast extends Profile<Labels> {
  constructor(scope: Construct, id: string, { images }: MastProps) {
    super(scope, id);
    new Namespaces<Labels>(this, "namespaces", { system: { [TIME]: "privileged" } });
    new NetworkPolicies<Labels>(this, "network-policies", {
      system: { [TIME]: {} },
      // A mast connects to its radios and to the core network, both in 10.0.0.0/8.
      apps: { ingressFrom: ["kube-system"], egressTo: ["10.0.0.0/8"] },
    });
    new TimeSource(this, "time-source", { namespace: TIME, image: images.timeSource });
  }
}
