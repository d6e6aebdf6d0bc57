import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IResourceRequirements } from "kubernetes-models/v1/ResourceRequirements";
import type { IToleration } from "kubernetes-models/v1/Toleration";
import { environmentOf } from "./environment.ts";
import { lateAsString } from "../late.ts";
import { mountsOf, volumesOf } from "./volume.ts";
import type { WorkloadProps } from "./workload-props.ts";

const GPU = "nvidia.com/gpu";

/** The pods of a workload. They meet the restricted Pod Security standard unless the props relax it. */
export function podSpec(name: string, selector: Readonly<Record<string, string>>, props: WorkloadProps): IPodSpec {
  const { security = {}, volumes = {}, serviceAccountName } = props;
  return {
    ...defined({
      serviceAccountName,
      nodeSelector: props.nodeSelector,
      priorityClassName: props.priorityClassName,
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds,
      hostNetwork: security.hostNetwork,
      hostPID: security.hostPID,
      // Without it a pod in the host network uses the node's resolver, which does not know Services.
      dnsPolicy: security.hostNetwork ? ("ClusterFirstWithHostNet" as const) : undefined,
    }),
    automountServiceAccountToken: serviceAccountName !== undefined,
    securityContext: defined({
      runAsNonRoot: security.allowRoot ? undefined : true,
      runAsUser: security.runAsUser,
      fsGroup: security.fsGroup,
      seccompProfile: { type: "RuntimeDefault" as const },
    }),
    tolerations: tolerationsOf(props),
    ...spread(selector, props),
    // One container for each workload. A pod with several containers needs a cdk8s ApiObject.
    containers: [containerOf(name, props)],
    ...(Object.keys(volumes).length === 0 ? {} : { volumes: volumesOf(name, volumes) }),
  };
}

/** No surge when a new pod would need a GPU, a disk or a host port that the old pod still holds. */
export function updateStrategy(props: WorkloadProps): object {
  if (props.perNode) return { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } };
  const holdsDisk = Object.values(props.volumes ?? {}).some((volume) => "persistent" in volume);
  if (holdsDisk) return { strategy: { type: "Recreate" } };
  const isScarce = (props.gpus ?? 0) > 0 || props.security?.hostNetwork === true;
  return {
    strategy: { type: "RollingUpdate", rollingUpdate: isScarce ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 } },
  };
}

/** The root file system is read-only, so that a restarted container always begins with the image. Data goes to a volume. */
function containerOf(name: string, props: WorkloadProps): IContainer {
  const { security = {}, ports = {}, volumes = {} } = props;
  const mounts = mountsOf(volumes);
  return {
    name,
    image: props.image,
    ...defined({
      command: props.command?.slice(),
      args: props.args?.map(lateAsString),
      env: props.env && environmentOf(props.env),
      ports:
        Object.keys(ports).length === 0 ? undefined : Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
      readinessProbe: props.readiness,
      livenessProbe: props.liveness,
      startupProbe: props.startup,
      volumeMounts: mounts.length === 0 ? undefined : mounts,
    }),
    resources: resourcesOf(props),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], ...(security.capabilities === undefined ? {} : { add: security.capabilities.slice() }) },
      readOnlyRootFilesystem: security.writableRoot !== true,
    },
  };
}

// No CPU limit, so that spare CPU time is used. A memory limit, because a node without memory kills other pods.
function resourcesOf({ resources = {}, gpus = 0, gpuResource = GPU }: WorkloadProps): IResourceRequirements {
  const { cpu = "50m", memory = "64Mi", cpuLimit } = resources;
  return {
    requests: { cpu, memory },
    limits: { ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }), memory, ...(gpus > 0 ? { [gpuResource]: gpus } : {}) },
  };
}

function tolerationsOf({ perNode, tolerations = [], failoverSeconds = 60, gpus = 0, gpuResource = GPU }: WorkloadProps): IToleration[] {
  const own = tolerations.slice();
  if (gpus > 0) own.push({ key: gpuResource, operator: "Exists", effect: "NoSchedule" });
  // The DaemonSet controller adds its own tolerations for lost nodes.
  if (perNode) return [...own, { operator: "Exists", effect: "NoSchedule" }];
  const lost = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
  return [
    ...own,
    ...lost.map((key) => ({ key, operator: "Exists" as const, effect: "NoExecute" as const, tolerationSeconds: failoverSeconds })),
  ];
}

/** Spreads the pods of each version, so that a rollout does not put all new pods on one node. Only preferred, so that one node can run them all. */
function spread(
  selector: Readonly<Record<string, string>>,
  { replicas = 1, perNode }: WorkloadProps,
): Pick<IPodSpec, "topologySpreadConstraints"> {
  if (replicas < 2 || perNode) return {};
  return {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selector },
        matchLabelKeys: ["pod-template-hash"],
      },
    ],
  };
}

/** Removes undefined fields. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
