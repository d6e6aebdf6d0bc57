import type { IProbe } from "kubernetes-models/v1/Probe";
import type { IToleration } from "kubernetes-models/v1/Toleration";
import type { EnvironmentValue } from "./environment.ts";
import type { NotSecretReasons } from "./not-secret.ts";
import type { Text } from "./config-map.ts";
import type { WorkloadVolumes } from "./volume.ts";

export interface WorkloadProps {
  /** By digest, `registry.example/boards@sha256:…`, because a tag may refer to different images at different sites. */
  readonly image: string;
  /** @default the construct's id */
  readonly name?: string;
  /** @default the unit's namespace */
  readonly namespace?: string;
  /** @default 1 */
  readonly replicas?: number;
  /** One pod on every node including servers (a DaemonSet) instead of `replicas`. @default false */
  readonly perNode?: boolean;
  readonly command?: readonly string[];
  readonly args?: readonly Text[];
  /** Name -> port of the container, e.g. `{ http: 8080 }`. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, EnvironmentValue>>;
  /** Volume name -> mount. */
  readonly volumes?: WorkloadVolumes;
  /** Requests; the memory request is also the limit. @default 50m and 64Mi */
  readonly resources?: { readonly cpu?: string; readonly memory?: string; readonly cpuLimit?: string };
  /** Number of whole GPUs, which are not shared. @default 0 */
  readonly gpus?: number;
  /** The device plugin's resource name. @default "nvidia.com/gpu" */
  readonly gpuResource?: string;
  /** The pod gets traffic while it succeeds. @default the pod always gets traffic */
  readonly readiness?: IProbe;
  /** The container is restarted when it fails. @default restarted only when it exits */
  readonly liveness?: IProbe;
  /** Delays the other two probes while a slow container starts. */
  readonly startup?: IProbe;
  readonly security?: WorkloadSecurity;
  /** @default none: the pods get no API token */
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly IToleration[];
  /** How long a pod stays bound to an unreachable node. Kubernetes' own default is 300 s. @default 60 */
  readonly failoverSeconds?: number;
  /** @default 30 */
  readonly terminationGracePeriodSeconds?: number;
  readonly priorityClassName?: string;
  /** A PodDisruptionBudget that allows a drain to evict one pod at a time. Set to false at sites with one node. @default true with two or more replicas */
  readonly disruptionBudget?: boolean;
  /** In addition to `app.kubernetes.io/name`; also set on the pods. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, Text>>;
  readonly notSecret?: NotSecretReasons;
}

/** Each field relaxes one rule of the restricted Pod Security standard. */
export interface WorkloadSecurity {
  /** @default the image's user, which must not be 0 */
  readonly runAsUser?: number;
  /** Group that owns mounted volumes. */
  readonly fsGroup?: number;
  readonly allowRoot?: boolean;
  readonly writableRoot?: boolean;
  /** e.g. `NET_BIND_SERVICE`. All other capabilities are dropped. */
  readonly capabilities?: readonly string[];
  /** The node's network and processes, for agents that monitor the node. */
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
}
