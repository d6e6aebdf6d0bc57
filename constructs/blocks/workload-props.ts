import type { IProbe } from "kubernetes-models/v1/Probe";
import type { IToleration } from "kubernetes-models/v1/Toleration";
import type { EnvironmentValue } from "./environment.ts";
import type { NotSecretReasons } from "./not-secret.ts";
import type { Text } from "./settings.ts";
import type { WorkloadVolumes } from "./volume.ts";

export interface WorkloadProps {
  /** By digest, `registry.example/boards@sha256:…`: a tag may mean something else at the next site. */
  readonly image: string;
  /** @default the construct's id */
  readonly name?: string;
  /** @default the unit's namespace */
  readonly namespace?: string;
  /** @default 1 */
  readonly replicas?: number;
  /** One pod on every node (a DaemonSet), also on control planes, instead of `replicas`. @default false */
  readonly perNode?: boolean;
  readonly command?: readonly string[];
  readonly args?: readonly Text[];
  /** Name -> port of the container, e.g. `{ http: 8080 }`. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly env?: Readonly<Record<string, EnvironmentValue>>;
  /** Volume name -> mount. */
  readonly volumes?: WorkloadVolumes;
  /** Requested; the memory is the limit, too. @default 50m and 64Mi */
  readonly resources?: { readonly cpu?: string; readonly memory?: string; readonly cpuLimit?: string };
  /** Whole GPUs; at most one workload has each. @default 0 */
  readonly gpus?: number;
  /** The device plugin's name for a GPU. @default "nvidia.com/gpu" */
  readonly gpuResource?: string;
  /** Takes traffic. @default always */
  readonly readiness?: IProbe;
  /** Is started again when it fails. @default only when it exits */
  readonly liveness?: IProbe;
  /** Holds the other two back while a slow container starts. */
  readonly startup?: IProbe;
  readonly security?: WorkloadSecurity;
  /** @default none: the pods get no token of the API */
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly IToleration[];
  /** How long a pod stays bound to a node that no longer answers. Kubernetes waits 300 s; a site with a spare node need not. @default 60 */
  readonly failoverSeconds?: number;
  /** @default 30 */
  readonly terminationGracePeriodSeconds?: number;
  readonly priorityClassName?: string;
  /** A PodDisruptionBudget that lets a drain take one pod at a time. Say no at sites with one node. @default with two replicas or more */
  readonly disruptionBudget?: boolean;
  /** Besides `app.kubernetes.io/name`, on the pods, too. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, Text>>;
  readonly notSecret?: NotSecretReasons;
}

/** Each opens one door of the restricted Pod Security standard that is otherwise shut. */
export interface WorkloadSecurity {
  /** @default the image's own, which must not be 0 */
  readonly runAsUser?: number;
  /** Owner of mounted disks. */
  readonly fsGroup?: number;
  readonly allowRoot?: boolean;
  readonly writableRoot?: boolean;
  /** e.g. `NET_BIND_SERVICE`; all others are dropped. */
  readonly capabilities?: readonly string[];
  /** The node's own network and process list: for agents that watch the node. */
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
}
