import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { settingsIn } from "./environment.ts";
import { lateAsString } from "../late.ts";
import { notSecretAnnotations } from "./not-secret.ts";
import { podSpec, updateStrategy } from "./pod.ts";
import { rolloutAnnotations } from "./settings.ts";
import { claimsOf, settingsMounted } from "./volume.ts";
import type { WorkloadProps } from "./workload-props.ts";

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
