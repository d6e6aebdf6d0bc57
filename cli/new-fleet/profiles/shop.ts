import type { Construct } from "constructs";
import { Namespaces, NetworkPolicies, Profile } from "skerry";
import type { Labels } from "../sites/labels.ts";

/** The cluster of a shop, with its layers in order. Both layers cover each app that runs at the site. */
export class Shop extends Profile<Labels> {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new Namespaces<Labels>(this, "namespaces", { system: {} });
    new NetworkPolicies<Labels>(this, "network-policies", { system: {}, apps: { ingressFrom: ["kube-system"] } });
  }
}
