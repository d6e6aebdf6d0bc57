import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { lateAsString } from "../late.ts";
import { addProbe } from "./plan-probe.ts";
import type { Text } from "./config-map.ts";
import type { Workload } from "./workload.ts";

export interface WorkloadServiceProps {
  readonly workload: Workload;
  /** One of the workload's ports. @default the first one */
  readonly targetPort?: string;
  /** The port of the Service. @default 80 */
  readonly port?: number;
  /** @default the workload's */
  readonly name?: string;
  /** The probe that the agent runs during a trial: a path for HTTP, `tcp` for a connection, or `none`. @default "tcp" */
  readonly probe?: { readonly path: string } | "tcp" | "none";
  readonly ingress?: {
    /** e.g. `` late`boards.${site.late.id}.airports.example` `` */
    readonly host: Text;
    /** @default "/" */
    readonly path?: string;
    /** @default the cluster's */
    readonly className?: string;
    /** A Secret with the TLS certificate. @default plain HTTP */
    readonly tlsSecret?: string;
  };
}

/**
 * The Service of a workload, optionally with an Ingress, and the probe with which the agent checks a new release.
 *
 * @example
 * new Exposure(chart, "exposure", { workload, probe: { path: "/healthz" }, ingress: { host: late`boards.${site.late.id}.airports.example` } });
 */
export class WorkloadService extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: WorkloadServiceProps) {
    super(scope, id);
    const { workload, port = 80, probe = "tcp" } = props;
    this.name = props.name ?? workload.name;
    const { namespace } = workload.props;
    const metadata = { name: this.name, ...(namespace === undefined ? {} : { namespace }), labels: { ...workload.selector } };
    const targetPort = props.targetPort ?? Object.keys(workload.props.ports ?? {})[0] ?? port;
    new ApiObject(this, "service", {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: workload.selector, ports: [{ name: typeof targetPort === "string" ? targetPort : "main", port, targetPort }] },
    });
    if (props.ingress !== undefined) this.#addIngress(props.ingress, metadata, port);
    const target = { ...(namespace === undefined ? {} : { namespace }), service: this.name, port };
    if (probe === "tcp") addProbe(this, { tcp: target });
    else if (probe !== "none") addProbe(this, { http: { ...target, path: probe.path } });
  }

  #addIngress(ingress: NonNullable<WorkloadServiceProps["ingress"]>, metadata: object, port: number): void {
    const { path = "/", className, tlsSecret } = ingress;
    const host = lateAsString(ingress.host);
    const backend = { service: { name: this.name, port: { number: port } } };
    new ApiObject(this, "ingress", {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { ...metadata, name: this.name },
      spec: {
        ...(className === undefined ? {} : { ingressClassName: className }),
        rules: [{ host, http: { paths: [{ path, pathType: "Prefix", backend }] } }],
        ...(tlsSecret === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecret }] }),
      },
    });
  }
}
