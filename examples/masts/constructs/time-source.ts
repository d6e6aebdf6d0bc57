import type { Chart } from "cdk8s";
import { Layer, type LayerProps, type Site, Workload } from "skerry";
import type { Labels } from "../sites/labels.ts";

export interface TimeSourceProps extends LayerProps<Labels> {
  readonly image: string;
  readonly namespace: string;
}

/** Serves satellite time to the other machines, on the node with the receiver. The node gets its label when it is installed. */
export class TimeSource extends Layer<TimeSourceProps> {
  override build(chart: Chart, site: Site<Labels>): void {
    const receiver = site.nodes.flatMap((node) => node.devices).find((device) => device.class === "gnss");
    if (receiver?.path === undefined) throw new Error("a mast needs a node with a device of class gnss and its path");
    new Workload(chart, "time-source", {
      namespace: this.props.namespace,
      image: this.props.image,
      perNode: true,
      nodeSelector: { "masts.example/gnss": "true" },
      args: [`--receiver=${receiver.path}`],
      volumes: { receiver: { mountPath: receiver.path, hostPath: receiver.path } },
      security: { allowRoot: true, hostNetwork: true, capabilities: ["SYS_TIME"] },
    });
  }
}
