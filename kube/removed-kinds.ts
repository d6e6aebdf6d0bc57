interface Removal {
  /** The last minor that served it. */
  readonly last: string;
  readonly instead: string | undefined;
}

/** `apiVersion: last minor: kinds (none: all): replacement`, from Kubernetes' deprecation guide. */
const TABLE = `
extensions/v1beta1: 1.15: DaemonSet Deployment ReplicaSet: apps/v1
extensions/v1beta1: 1.15: NetworkPolicy: networking.k8s.io/v1
extensions/v1beta1: 1.21: Ingress: networking.k8s.io/v1
extensions/v1beta1: 1.15: PodSecurityPolicy:
apps/v1beta1: 1.15: : apps/v1
apps/v1beta2: 1.15: : apps/v1
admissionregistration.k8s.io/v1beta1: 1.21: MutatingWebhookConfiguration ValidatingWebhookConfiguration: admissionregistration.k8s.io/v1
apiextensions.k8s.io/v1beta1: 1.21: : apiextensions.k8s.io/v1
apiregistration.k8s.io/v1beta1: 1.21: : apiregistration.k8s.io/v1
authentication.k8s.io/v1beta1: 1.21: TokenReview: authentication.k8s.io/v1
authorization.k8s.io/v1beta1: 1.21: : authorization.k8s.io/v1
autoscaling/v2beta1: 1.24: : autoscaling/v2
autoscaling/v2beta2: 1.25: : autoscaling/v2
batch/v1beta1: 1.24: : batch/v1
batch/v2alpha1: 1.20: : batch/v1
certificates.k8s.io/v1beta1: 1.21: CertificateSigningRequest: certificates.k8s.io/v1
coordination.k8s.io/v1beta1: 1.21: Lease: coordination.k8s.io/v1
discovery.k8s.io/v1beta1: 1.24: : discovery.k8s.io/v1
events.k8s.io/v1beta1: 1.24: : events.k8s.io/v1
flowcontrol.apiserver.k8s.io/v1beta1: 1.25: : flowcontrol.apiserver.k8s.io/v1
flowcontrol.apiserver.k8s.io/v1beta2: 1.28: : flowcontrol.apiserver.k8s.io/v1
flowcontrol.apiserver.k8s.io/v1beta3: 1.31: : flowcontrol.apiserver.k8s.io/v1
networking.k8s.io/v1beta1: 1.21: Ingress IngressClass: networking.k8s.io/v1
node.k8s.io/v1beta1: 1.24: : node.k8s.io/v1
policy/v1beta1: 1.24: PodDisruptionBudget: policy/v1
policy/v1beta1: 1.24: PodSecurityPolicy:
rbac.authorization.k8s.io/v1beta1: 1.21: : rbac.authorization.k8s.io/v1
scheduling.k8s.io/v1beta1: 1.21: : scheduling.k8s.io/v1
storage.k8s.io/v1beta1: 1.21: CSIDriver CSINode StorageClass VolumeAttachment: storage.k8s.io/v1
storage.k8s.io/v1beta1: 1.26: CSIStorageCapacity: storage.k8s.io/v1
`;

// Kept as text so that people can compare it with the guide. Parsed once, at load.
const REMOVED: readonly { readonly apiVersion: string; readonly kinds: readonly string[]; readonly removal: Removal }[] = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [apiVersion = "", last = "", kinds = "", instead = ""] = line.split(":").map((cell) => cell.trim());
    return { apiVersion, kinds: kinds === "" ? [] : kinds.split(" "), removal: { last, instead: instead === "" ? undefined : instead } };
  });

/** The removal of a kind that current minor versions no longer serve; undefined for a kind that is not listed here. */
export function tryRemoval(apiVersion: string, kind: string): Removal | undefined {
  return REMOVED.find((row) => row.apiVersion === apiVersion && (row.kinds.length === 0 || row.kinds.includes(kind)))?.removal;
}
