import type { Chart } from "cdk8s";
import type { Construct } from "constructs";
import { Layer, type LayerProps, NamespaceFence, Profile } from "skerry";
import type { Labels } from "../sites/labels.ts";

interface NamespacesProps extends LayerProps<Labels> {
  readonly names: readonly string[];
}

/** A fenced namespace for each app: Pod Security labels and default-deny. Apps do not make their own. */
class Namespaces extends Layer<NamespacesProps> {
  override build(chart: Chart): void {
    for (const name of this.props.names) new NamespaceFence(chart, name, { network: { ingressFrom: ["kube-system"] } });
  }
}

/** The cluster of a shop: its layers, each resting on the one before. */
export class Shop extends Profile<Labels> {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new Namespaces(this, "namespaces", { names: ["shop-window"] });
  }
}
