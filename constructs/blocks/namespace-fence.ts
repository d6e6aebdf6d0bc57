import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import type { ILimitRangeItem } from "kubernetes-models/v1/LimitRangeItem";
import { NetworkFence, type NetworkFenceProps } from "./network-fence.ts";

export type PodSecurity = "privileged" | "baseline" | "restricted";

export interface NamespaceFenceProps {
  /** @default the construct's id */
  readonly name?: string;
  /** The Pod Security standard that the namespace enforces. @default "restricted" */
  readonly podSecurity?: PodSecurity;
  /** The minor whose standard is meant, so that a cluster upgrade does not tighten it unseen, e.g. `v1.36`. @default "latest" */
  readonly podSecurityVersion?: string;
  /** What may pass; `false` leaves the traffic to another unit. @default DNS and the namespace itself */
  readonly network?: Omit<NetworkFenceProps, "namespace"> | false;
  /** Hard limits for the namespace as a whole, e.g. `{ "requests.cpu": "2", "requests.memory": "4Gi", pods: "20" }`. */
  readonly quota?: Readonly<Record<string, string>>;
  /** For containers that say nothing; with a quota they would be refused otherwise. */
  readonly limits?: ILimitRangeItem;
  /** Makes this service account and gives it the namespace, so that the agent can apply a unit as it: `serviceAccount: "<namespace>/<this>"`. */
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A namespace that nothing leaves by mistake: Pod Security labels, denied traffic, and on request a quota, limits and an account of its own.
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
    if (network !== false) new NetworkFence(this, "network", { ...network, namespace: this.name });
  }

  // `admin` is Kubernetes' own role for one who runs a namespace: all of it but quotas and the namespace itself.
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
