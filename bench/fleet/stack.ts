import { ApiObject, type Chart } from "cdk8s";
import type { Construct } from "constructs";
import { App, csv, Fleet, inventory, late, Layer, lateAsString, numberIn, Profile, type Site } from "skerry";
import { z } from "zod";

// 30 objects a site in ten units, three of them with a late fact; the facts below make 38 distinct renders, whatever the number of sites.
const Labels = z.strictObject({ size: z.enum(["large", "medium", "small"]), kind: z.enum(["a", "b", "c", "d"]) });
type Labels = z.infer<typeof Labels>;

const IMAGE = "registry.example/app@sha256:0000000000000000000000000000000000000000000000000000000000000000";
/** The next release changes this one line, and with it one unit of every site. */
const VERSION = "1.0.0";

class Base extends Layer {
  override build(chart: Chart): void {
    for (const name of ["app-0", "app-1", "app-2", "app-3", "app-4", "app-5", "app-6", "app-7", "logs"]) {
      new ApiObject(chart, `${name}-namespace`, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "baseline" } },
      });
    }
  }
}

class Logs extends Layer {
  override build(chart: Chart, site: Site<Labels>): void {
    const metadata = { name: "logs", namespace: "logs" };
    new ApiObject(chart, "config", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { "site.conf": late`label site=${site.late.id}\n`, kind: site.labels.kind },
    });
    new ApiObject(chart, "account", { apiVersion: "v1", kind: "ServiceAccount", metadata });
    new ApiObject(chart, "collector", {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata,
      spec: podController("logs", "1.0.0", `${site.nodes.length}`),
    });
  }
}

/** Two objects, and a third with a late fact in two of the eight apps. */
class Service extends App {
  override build(chart: Chart, site: Site<Labels>): void {
    const name = this.name;
    const metadata = { name, namespace: name };
    const detail = name === "app-0" ? site.labels.kind : name === "app-1" || name === "app-2" ? site.labels.size : `${site.nodes.length}`;
    const version = name === "app-7" ? VERSION : "1.0.0";
    new ApiObject(chart, "deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { replicas: 1, ...podController(name, version, detail) },
    });
    new ApiObject(chart, "service", {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
    if (name === "app-3" || name === "app-4") {
      new ApiObject(chart, "config", { apiVersion: "v1", kind: "ConfigMap", metadata, data: { site: lateAsString(site.late.id) } });
    }
  }
}

function podController(app: string, version: string, detail: string): object {
  const env = [
    { name: "VERSION", value: version },
    { name: "DETAIL", value: detail },
  ];
  const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } };
  const container = {
    name: app,
    image: IMAGE,
    env,
    resources,
    ports: [{ name: "http", containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
  };
  return { selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: { containers: [container] } } };
}

class BenchProfile extends Profile {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new Base(this, "base");
    new Logs(this, "logs", { namespace: "logs" });
  }
}

const sites = inventory({
  labels: Labels,
  from: [
    csv("sites.csv", (row) => ({
      id: row.id ?? "",
      name: row.name ?? "",
      level: [row.region ?? ""],
      timeZone: "UTC",
      location: { latitude: numberIn(row, "latitude"), longitude: numberIn(row, "longitude") },
      labels: { size: row.size, kind: row.kind },
      nodes: Array.from({ length: numberIn(row, "nodes") }, (_, index) => ({
        id: `n${index + 1}`,
        role: "server",
        arch: "amd64",
        cpu: 4,
        memory: "8Gi",
      })),
    })),
  ],
});

const fleet = new Fleet("bench", { sites });
new BenchProfile(fleet, "bench");
for (let app = 0; app < 8; app++) new Service(fleet, `app-${app}`);
export default fleet;
