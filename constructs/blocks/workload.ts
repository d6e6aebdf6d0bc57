import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import type { IProbe } from "kubernetes-models/v1/Probe";
import type { IToleration } from "kubernetes-models/v1/Toleration";
import { type EnvironmentValue, settingsIn } from "./environment.ts";
import { lateAsString } from "../late.ts";
import { notSecretAnnotations, type NotSecretReasons } from "./not-secret.ts";
import { podSpec, updateStrategy } from "./pod.ts";
import { rolloutAnnotations, type Text } from "./settings.ts";
import { claimsOf, settingsMounted, type WorkloadVolumes } from "./volume.ts";

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

/**
 * Pods of one image: a Deployment, or a DaemonSet with `perNode`. Unprivileged, spread over the nodes, rolled without a surge where a GPU
 * or a disk can have only one owner, and guarded against a drain that takes all replicas at once.
 *
 * @example
 * new Workload(chart, "boards", {
 *   image: this.props.image,
 *   replicas: site.nodes.length > 1 ? 2 : 1,
 *   ports: { http: 8080 },
 *   env: { AIRPORT: site.late.id },
 *   readiness: { httpGet: { path: "/healthz", port: "http" } },
 * });
 */
export class Workload extends Construct {
  readonly name: string;
  readonly props: WorkloadProps;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.props = props;
    const { replicas = 1, perNode = false } = props;
    new ApiObject(this, perNode ? "daemonset" : "deployment", {
      apiVersion: "apps/v1",
      kind: perNode ? "DaemonSet" : "Deployment",
      metadata: { ...this.#metadata(), ...notSecretAnnotations(props.notSecret) },
      spec: {
        ...(perNode ? {} : { replicas, revisionHistoryLimit: 2 }),
        selector: { matchLabels: this.selector },
        ...updateStrategy(props),
        template: { metadata: this.#podMetadata(), spec: podSpec(this.name, this.selector, props) },
      },
    });
    this.#addClaims();
    if (props.disruptionBudget ?? (replicas > 1 && !perNode)) this.#addDisruptionBudget();
  }

  /** What Services select the pods by. */
  get selector(): Readonly<Record<string, string>> {
    return { "app.kubernetes.io/name": this.name };
  }

  #metadata(): { name: string; namespace?: string; labels: Record<string, string> } {
    const { namespace, labels } = this.props;
    return { name: this.name, ...(namespace === undefined ? {} : { namespace }), labels: { ...labels, ...this.selector } };
  }

  // Pods that read settings once are rolled when the settings change.
  #podMetadata(): object {
    const { env = {}, volumes = {}, annotations = {}, labels } = this.props;
    const settings = new Set([...settingsIn(env), ...settingsMounted(volumes)]);
    const all = Object.entries({ ...annotations, ...rolloutAnnotations([...settings]) }).map(([key, text]) => [key, lateAsString(text)]);
    return { labels: { ...labels, ...this.selector }, ...(all.length === 0 ? {} : { annotations: Object.fromEntries(all) }) };
  }

  // ReadWriteOnce is all that disks of a node can do.
  #addClaims(): void {
    for (const { name, size, storageClassName } of claimsOf(this.name, this.props.volumes ?? {})) {
      new ApiObject(this, `claim-${name}`, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { ...this.#metadata(), name },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: size } },
          ...(storageClassName === undefined ? {} : { storageClassName }),
        },
      });
    }
  }

  // `maxUnavailable` never blocks a drain for ever, as `minAvailable` does when a replica is unhealthy.
  #addDisruptionBudget(): void {
    new ApiObject(this, "disruption-budget", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: this.#metadata(),
      spec: { maxUnavailable: 1, selector: { matchLabels: this.selector }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
  }
}
