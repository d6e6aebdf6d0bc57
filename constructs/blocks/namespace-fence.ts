import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import type { ILimitRangeItem } from "kubernetes-models/v1/LimitRangeItem";
import { DefaultDenyNetworkPolicy, type DefaultDenyNetworkPolicyProps } from "./default-deny-network-policy.ts";

export type PodSecurity = "privileged" | "baseline" | "restricted";

export interface NamespaceFenceProps {
  /** @default the construct's id */
  readonly name?: string;
  /** The Pod Security standard that the namespace enforces. @default "restricted" */
  readonly podSecurity?: PodSecurity;
  /** The Kubernetes minor version of the standard, e.g. `v1.36`, so that a cluster upgrade does not change the rules. @default "latest" */
  readonly podSecurityVersion?: string;
  /** Allowed traffic; `false` when another unit makes the policies. @default DNS and traffic within the namespace */
  readonly network?: Omit<DefaultDenyNetworkPolicyProps, "namespace"> | false;
  /** Hard limits for the whole namespace, e.g. `{ "requests.cpu": "2", "requests.memory": "4Gi", pods: "20" }`. */
  readonly quota?: Readonly<Record<string, string>>;
  /** Defaults for containers without limits, which a quota would otherwise reject. */
  readonly limits?: ILimitRangeItem;
  /** Creates a service account with admin rights in the namespace, which the agent can impersonate for a unit: `serviceAccount: "<namespace>/<name>"`. */
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A namespace with Pod Security labels and a default-deny network policy, optionally with a quota, limits and a service account.
 *
 * @example
 * new NamespaceFence(chart, "boards", { quota: { "requests.memory": "2Gi", pods: "20" } });
 */
export class NamespaceFence extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: NamespaceFenceProps = {}) {
    super(scope, id);
    this.name = props.name ?? id;
    const { podSecurity = "restricted", podSecurityVersion = "latest", network = {}, quota, limits, serviceAccount } = props;
    const labels = { ...props.labels, ...podSecurityLabels(podSecurity, podSecurityVersion) };
    new ApiObject(this, "namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name: this.name, labels } });
    if (quota !== undefined) this.#add("quota", "v1", "ResourceQuota", { spec: { hard: quota } });
    if (limits !== undefined) this.#add("limits", "v1", "LimitRange", { spec: { limits: [limits] } });
    if (serviceAccount !== undefined) this.#addAccount(serviceAccount);
    if (network !== false) new DefaultDenyNetworkPolicy(this, "network", { ...network, namespace: this.name });
  }

  // `admin` is a built-in role: full access to a namespace, except for quotas and the namespace itself.
  #addAccount(name: string): void {
    this.#add(name, "v1", "ServiceAccount", { automountServiceAccountToken: false }, "account");
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" };
    const subjects = [{ kind: "ServiceAccount", name, namespace: this.name }];
    this.#add(name, "rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef, subjects }, "account-role");
  }

  #add(name: string, apiVersion: string, kind: string, rest: object, id = name): void {
    new ApiObject(this, id, { apiVersion, kind, metadata: { name, namespace: this.name }, ...rest });
  }
}

function podSecurityLabels(level: PodSecurity, version: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const mode of ["enforce", "audit", "warn"]) {
    labels[`pod-security.kubernetes.io/${mode}`] = level;
    labels[`pod-security.kubernetes.io/${mode}-version`] = version;
  }
  return labels;
}
