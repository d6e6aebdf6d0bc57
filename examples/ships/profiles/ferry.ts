import type { Construct } from "constructs";
import { Namespaces, NetworkPolicies, Profile } from "skerry";
import type { Labels } from "../sites/labels.ts";

/** One machine on a ship that is in port each night. */
export class Ferry extends Profile<Labels> {
  constructor(scope: Construct, id: string) {
    super(scope, id, { where: (site) => site.labels.class === "ferry", pollSeconds: 300 });
    new Namespaces<Labels>(this, "namespaces", { system: {} });
    new NetworkPolicies<Labels>(this, "network-policies", { system: {}, apps: { ingressFrom: ["kube-system"] } });
  }
}
