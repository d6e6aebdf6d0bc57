import { expect } from "@jest/globals";
import type { Profile, Unit } from "../../constructs/index.ts";
import { compareInStep, identityOf, type KubernetesObject, stageOf } from "../../kube/index.ts";
import type { CheckFinding, RenderedSite, RenderedUnit } from "../../synth/checks/check.ts";
import { allChecks } from "../../synth/checks/all-checks.ts";
import { manifestText } from "../../synth/render/manifest-text.ts";

export const DIGEST = `sha256:${"0f".repeat(32)}`;

export type Json = { readonly [key: string]: unknown };

/** A unit as passed to checks; an app's namespace is `boards`. */
export function unit(kind: "app" | "layer", ...objects: Json[]): RenderedUnit {
  const namespace = kind === "app" ? "boards" : undefined;
  const rendered = objects.map((json, index) => {
    const ref = identityOf(json as unknown as KubernetesObject);
    const bytes = Buffer.byteLength(manifestText(json));
    return { ref, stage: stageOf(ref, kind), json: json as unknown as KubernetesObject, path: `construct${index}`, bytes };
  });
  return {
    unit: { kind, name: kind, namespace, props: {} } as unknown as Unit,
    kubernetes: "1.36",
    objects: rendered.toSorted((a, b) => compareInStep(a.ref, b.ref)),
    probes: [],
  };
}

/** The findings of all checks for a site with these units and number of nodes. */
export function findingsAt(nodesMin: number, ...units: RenderedUnit[]): CheckFinding[] {
  return findingsIn({ profile: { clusterKinds: [] } as unknown as Profile, units, nodesMin });
}

export function findingsIn(site: RenderedSite): CheckFinding[] {
  const found: CheckFinding[] = [];
  for (const check of allChecks.units) for (const each of site.units) check(each, (finding) => void found.push(finding));
  for (const check of allChecks.sites) check(site, (finding) => void found.push(finding));
  for (const { message, next, because = "" } of found) expect([message, next, because].join("")).not.toMatch(/undefined|\[object|\n/);
  return found;
}

export function findings(...units: RenderedUnit[]): CheckFinding[] {
  return findingsAt(3, ...units);
}

/** `code field: message` of each finding. */
export function found(...units: RenderedUnit[]): string[] {
  return findings(...units).map(lineOf);
}

export function lineOf({ code, field, message }: CheckFinding): string {
  return `${code} ${field ?? "-"}: ${message}`;
}

export const metadata = (name: string, rest: Json = {}): Json => ({ name, namespace: "boards", ...rest });
export const namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "boards", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
};
export const base = unit("layer", namespace);
export const labels = { app: "boards" };

export function container(rest: Json = {}): Json {
  return {
    name: "boards",
    image: `registry.example/boards:1@${DIGEST}`,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    ports: [{ name: "http", containerPort: 8080 }],
    ...rest,
  };
}

export function pods(rest: Json = {}, ...containers: Json[]): Json {
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  return { securityContext, containers: containers.length === 0 ? [container()] : containers, ...rest };
}

export function deployment(spec: Json = pods(), rest: Json = {}): Json {
  const template = { metadata: { labels }, spec };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata("boards"),
    spec: { selector: { matchLabels: labels }, template, ...rest },
  };
}

export const app = (...objects: Json[]): string[] => found(unit("app", ...objects), base);
export const configMap = (data: Json, rest: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadata("settings", rest),
  data,
});
