import type { Chart } from "cdk8s";
import { Layer, type LayerProps, NamespaceFence, type NamespaceFenceProps, type PodSecurity, type Site } from "../constructs/index.ts";
import type { Labels } from "../sites/index.ts";
import { appNamespaces } from "./app-namespaces.ts";

export interface NamespacesProps<L = Labels> extends LayerProps<L> {
  /** Namespaces of other layers, and the Pod Security standard that each can live with. */
  readonly system: Readonly<Record<string, PodSecurity>>;
  /** For the namespace of each app that runs at the site. @default restricted, without a quota */
  readonly apps?: Omit<NamespaceFenceProps, "name" | "network">;
  /** The minor whose Pod Security standards are meant, e.g. `v1.36`. @default "latest" */
  readonly podSecurityVersion?: string;
}

/**
 * The namespaces of a site with their Pod Security labels: those of the layers, and one for each app that runs there. Apps do not make
 * their own, so that none can loosen its fence.
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
