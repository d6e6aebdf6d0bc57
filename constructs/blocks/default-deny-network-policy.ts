import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";

export interface DefaultDenyNetworkPolicyProps {
  readonly namespace: string;
  /** Allows traffic between pods of the namespace. @default true */
  readonly within?: boolean;
  /** Namespaces whose pods may connect, such as the ingress controller's. @default none */
  readonly ingressFrom?: readonly string[];
  /** Networks that pods may connect to, e.g. `10.0.0.0/8`; `0.0.0.0/0` for all. @default none */
  readonly egressTo?: readonly string[];
}

/** Denies all traffic of a namespace except DNS and what the props allow. Makes two NetworkPolicies, `default-deny` and `allow`. */
export class DefaultDenyNetworkPolicy extends Construct {
  readonly #namespace: string;

  constructor(scope: Construct, id: string, props: DefaultDenyNetworkPolicyProps) {
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
      // A rule without peers would allow all traffic.
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

// k3s, RKE2 and kubeadm all run CoreDNS with this label.
const DNS = { ...namespacePeer("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
const DNS_PORTS = (["UDP", "TCP"] as const).map((protocol) => ({ protocol, port: 53 }));

function namespacePeer(namespace: string): { namespaceSelector: { matchLabels: Record<string, string> } } {
  // Kubernetes sets this label on every namespace, so it cannot be forged.
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}
