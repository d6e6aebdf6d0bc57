import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { configMapsIn } from "./environment.ts";
import { lateAsString } from "../late.ts";
import { notSecretAnnotations } from "./not-secret.ts";
import { podSpec, updateStrategy } from "./pod.ts";
import { rolloutAnnotations } from "./config-map.ts";
import { claimsOf, configMapsMounted } from "./volume.ts";
import type { WorkloadProps } from "./workload-props.ts";

/**
 * Pods of one image: a Deployment, or a DaemonSet with `perNode`. Unprivileged, spread over the nodes, updated without a surge when a GPU
 * or disk cannot be shared, and protected by a PodDisruptionBudget.
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

  /** The labels by which Services select the pods. */
  get selector(): Readonly<Record<string, string>> {
    return { "app.kubernetes.io/name": this.name };
  }

  #metadata(): { name: string; namespace?: string; labels: Record<string, string> } {
    const { namespace, labels } = this.props;
    return { name: this.name, ...(namespace === undefined ? {} : { namespace }), labels: { ...labels, ...this.selector } };
  }

  // Pods that read ConfigMaps once are rolled out again when the ConfigMaps change.
  #podMetadata(): object {
    const { env = {}, volumes = {}, annotations = {}, labels } = this.props;
    const settings = new Set([...configMapsIn(env), ...configMapsMounted(volumes)]);
    const all = Object.entries({ ...annotations, ...rolloutAnnotations([...settings]) }).map(([key, text]) => [key, lateAsString(text)]);
    return { labels: { ...labels, ...this.selector }, ...(all.length === 0 ? {} : { annotations: Object.fromEntries(all) }) };
  }

  // Local disks of a node only support ReadWriteOnce.
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

  // `minAvailable` would block a drain while a replica is unhealthy; `maxUnavailable` does not.
  #addDisruptionBudget(): void {
    new ApiObject(this, "disruption-budget", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: this.#metadata(),
      spec: { maxUnavailable: 1, selector: { matchLabels: this.selector }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
  }
}
