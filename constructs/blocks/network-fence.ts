import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";

export interface NetworkFenceProps {
  readonly namespace: string;
  /** Pods of the namespace may talk to each other. @default true */
  readonly within?: boolean;
  /** Namespaces whose pods may call in, such as the ingress controller's. @default none */
  readonly ingressFrom?: readonly string[];
  /** Networks that pods may call, e.g. `10.0.0.0/8`; `0.0.0.0/0` is everything. @default none */
  readonly egressTo?: readonly string[];
}

/** All traffic of a namespace is denied, but for DNS and what the props allow: two NetworkPolicies, one that shuts and one that opens. */
export class NetworkFence extends Construct {
  readonly #namespace: string;

  constructor(scope: Construct, id: string, props: NetworkFenceProps) {
    super(scope, id);
    this.#namespace = props.namespace;
    const { within = true, ingressFrom = [], egressTo = [] } = props;
    const inside = within ? [{ podSelector: {} }] : [];
    const from = [...inside, ...ingressFrom.map(namespacePeer)];
    const to = [...inside, ...egressTo.map((cidr) => ({ ipBlock: { cidr } }))];
    this.#add("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    this.#add("allow", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      // A rule without peers would allow everybody.
      ...(from.length === 0 ? {} : { ingress: [{ from }] }),
      egress: [{ to: [DNS], ports: DNS_PORTS }, ...(to.length === 0 ? [] : [{ to }])],
    });
  }

  #add(name: string, spec: INetworkPolicySpec): void {
    new ApiObject(this, name, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace: this.#namespace },
      spec,
    });
  }
}

// The label is CoreDNS' own on k3s, RKE2 and kubeadm alike.
const DNS = { ...namespacePeer("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
const DNS_PORTS = (["UDP", "TCP"] as const).map((protocol) => ({ protocol, port: 53 }));

function namespacePeer(namespace: string): { namespaceSelector: { matchLabels: Record<string, string> } } {
  // Set by Kubernetes itself on every namespace, so that nobody can pretend to be one.
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}
