import type { Chart } from "cdk8s";
import { Layer, type LayerProps, NetworkFence, type NetworkFenceProps, type Site } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { appNamespaces } from "./app-namespaces.ts";

type Allowed = Omit<NetworkFenceProps, "namespace">;

export interface NetworkPoliciesProps<L = Labels> extends LayerProps<L> {
  /** Namespaces of other layers, and what may pass there. */
  readonly system: Readonly<Record<string, Allowed>>;
  /** What may pass in every app's namespace. @default DNS and the namespace itself */
  readonly apps?: Allowed;
  /** Namespaces of apps that need other doors; each replaces `apps` as a whole. */
  readonly except?: Readonly<Record<string, Allowed>>;
}

/** Default-deny in every namespace that this fleet makes at a site. The cluster's own namespaces are the distribution's business. */
export class NetworkPolicies<L = Labels> extends Layer<NetworkPoliciesProps<L>> {
  override build(chart: Chart, site: Site<L>): void {
    const { system, apps = {}, except = {} } = this.props;
    for (const [namespace, allowed] of Object.entries(system)) new NetworkFence(chart, namespace, { ...allowed, namespace });
    for (const namespace of appNamespaces(this, site)) {
      new NetworkFence(chart, namespace, { ...(Object.hasOwn(except, namespace) ? except[namespace] : apps), namespace });
    }
  }
}
