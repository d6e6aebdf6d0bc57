import type { Chart } from "cdk8s";
import { Layer, type LayerProps, NamespaceFence, type NamespaceFenceProps, type PodSecurity, type Site } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { appNamespaces } from "./app-namespaces.ts";

export interface NamespacesProps<L = Labels> extends LayerProps<L> {
  /** Namespaces of other layers, with the Pod Security standard of each. */
  readonly system: Readonly<Record<string, PodSecurity>>;
  /** For the namespace of each app that runs at the site. @default restricted, without a quota */
  readonly apps?: Omit<NamespaceFenceProps, "name" | "network">;
  /** The Kubernetes minor version of the Pod Security standards, e.g. `v1.36`. @default "latest" */
  readonly podSecurityVersion?: string;
}

/**
 * The namespaces of a site with their Pod Security labels: those of the layers, and one for each app that runs there. Apps do not create
 * their own namespace, so that they cannot weaken its rules.
 */
export class Namespaces<L = Labels> extends Layer<NamespacesProps<L>> {
  override build(chart: Chart, site: Site<L>): void {
    const { system, apps = {}, podSecurityVersion = "latest" } = this.props;
    for (const [name, podSecurity] of Object.entries(system)) {
      new NamespaceFence(chart, name, { podSecurity, podSecurityVersion, network: false });
    }
    for (const name of appNamespaces(this, site)) new NamespaceFence(chart, name, { podSecurityVersion, ...apps, network: false });
  }
}
