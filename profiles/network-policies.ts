import type { Chart } from "cdk8s";
import { DefaultDenyNetworkPolicy, type DefaultDenyNetworkPolicyProps, Layer, type LayerProps, type Site } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { appNamespaces } from "./app-namespaces.ts";

type Allowed = Omit<DefaultDenyNetworkPolicyProps, "namespace">;

export interface NetworkPoliciesProps<L = Labels> extends LayerProps<L> {
  /** Namespaces of other layers, with their allowed traffic. */
  readonly system: Readonly<Record<string, Allowed>>;
  /** Allowed traffic in the namespaces of apps. @default DNS and traffic within the namespace */
  readonly apps?: Allowed;
  /** Namespaces of apps with other allowed traffic; each entry replaces `apps`. */
  readonly except?: Readonly<Record<string, Allowed>>;
}

/** Default-deny policies in every namespace that the fleet creates at a site. Built-in namespaces are left to the Kubernetes distribution. */
export class NetworkPolicies<L = Labels> extends Layer<NetworkPoliciesProps<L>> {
  override build(chart: Chart, site: Site<L>): void {
    const { system, apps = {}, except = {} } = this.props;
    for (const [namespace, allowed] of Object.entries(system)) new DefaultDenyNetworkPolicy(chart, namespace, { ...allowed, namespace });
    for (const namespace of appNamespaces(this, site)) {
      new DefaultDenyNetworkPolicy(chart, namespace, { ...(Object.hasOwn(except, namespace) ? except[namespace] : apps), namespace });
    }
  }
}
