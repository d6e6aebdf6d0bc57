import type { ObjectRef, Stage } from "../core/index.ts";

const CRD_GROUP = "apiextensions.k8s.io";

/** Namespaces, permissions, quotas and admission policies, which other objects depend on. */
const BASE: ReadonlySet<string> = new Set([
  "/Namespace",
  "/ResourceQuota",
  "/LimitRange",
  "/ServiceAccount",
  "networking.k8s.io/NetworkPolicy",
  "scheduling.k8s.io/PriorityClass",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
]);

/** Network, storage and devices, by group or by kind. */
const INFRA: ReadonlySet<string> = new Set([
  "storage.k8s.io",
  "resource.k8s.io",
  "node.k8s.io",
  "helm.cattle.io",
  "operator.tigera.io",
  "crd.projectcalico.org",
  "cilium.io",
  "longhorn.io",
  "/PersistentVolume",
  "networking.k8s.io/IngressClass",
]);

/** k3s and kubeadm run network, DNS and storage drivers here. */
const INFRA_NAMESPACE = "kube-system";

/**
 * The stage of an object, by its kind and its unit. An app's objects stay together in `40-apps`; only its namespace comes earlier.
 * Moving a kind to another stage renames files, so it changes every site that has such an object.
 */
export function stageOf(ref: ObjectRef, unitKind: "layer" | "app"): Stage {
  if (ref.group === CRD_GROUP) return "00-crds";
  const key = `${ref.group}/${ref.kind}`;
  if (unitKind === "app") return key === "/Namespace" ? "10-base" : "40-apps";
  if (BASE.has(key)) return "10-base";
  return INFRA.has(ref.group) || INFRA.has(key) || ref.namespace === INFRA_NAMESPACE ? "20-infra" : "30-addons";
}

/**
 * Kinds in apply order within a step: an object comes after the objects that it refers to. Other kinds come after the workloads and
 * before LAST: a webhook or an aggregated API whose pods are missing blocks the whole cluster.
 */
const FIRST: readonly string[] = [
  "/Namespace",
  "scheduling.k8s.io/PriorityClass",
  "/ResourceQuota",
  "/LimitRange",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "/ServiceAccount",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "networking.k8s.io/NetworkPolicy",
  "node.k8s.io/RuntimeClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/StorageClass",
  "/PersistentVolume",
  "/PersistentVolumeClaim",
  "/Secret",
  "/ConfigMap",
  "/Service",
  "policy/PodDisruptionBudget",
  "/Pod",
  "apps/DaemonSet",
  "apps/StatefulSet",
  "apps/ReplicaSet",
  "apps/Deployment",
  "batch/Job",
  "batch/CronJob",
  "autoscaling/HorizontalPodAutoscaler",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/Ingress",
];
const LAST: readonly string[] = [
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "apiregistration.k8s.io/APIService",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
];
const RANKS: ReadonlyMap<string, number> = new Map([
  ...FIRST.map((key, at) => [key, at] as const),
  ...LAST.map((key, at) => [key, FIRST.length + 1 + at] as const),
]);

/** A total order of distinct objects: by kind as above, then by group, kind, namespace and name in byte order. */
export function compareInStep(a: ObjectRef, b: ObjectRef): number {
  return (
    rankOf(a) - rankOf(b) ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

function rankOf(ref: ObjectRef): number {
  return RANKS.get(`${ref.group}/${ref.kind}`) ?? FIRST.length;
}

// Names are ASCII, so JavaScript's string order is byte order.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
