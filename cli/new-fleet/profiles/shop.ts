import type { Chart } from "cdk8s";
import type { Construct } from "constructs";
import { Layer, type LayerProps, NamespaceFence, Profile } from "skerry";
import type { Labels } from "../sites/labels.ts";

interface NamespacesProps extends LayerProps<Labels> {
  readonly names: readonly string[];
}

/** A namespace for each app, with Pod Security labels and a default-deny network policy. Apps do not create their own. */
class Namespaces extends Layer<NamespacesProps> {
  override build(chart: Chart): void {
    for (const name of this.props.names) new NamespaceFence(chart, name, { network: { ingressFrom: ["kube-system"] } });
  }
}

/** The cluster of a shop, with its layers in order. */
export class Shop extends Profile<Labels> {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new Namespaces(this, "namespaces", { names: ["shop-window"] });
  }
}
