import { nearestName } from "../../core/index.ts";
import {
  type Container,
  containersOf,
  type FieldPath,
  formatFieldPath,
  isMap,
  listAt,
  mapAt,
  type NameRule,
  partNameRule,
  type PodTemplate,
  portNameRule,
  tryPodTemplate,
} from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";

/** Checks the names of a pod's parts, and that mounts refer to existing volumes and probes to existing ports. */
export const checkPodParts: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    const template = tryPodTemplate(object.json);
    if (template === undefined) continue;
    const volumes = new Set(namesIn(template, ["spec", "volumes"], template.spec["volumes"], partNameRule, object, report));
    const claims = claimTemplates(object);
    // Names are unique among all init, normal and ephemeral containers of a pod.
    const names: string[] = [];
    for (const each of containersOf(template)) {
      names.push(...checkPartName(each.container["name"], [...each.path, "name"], partNameRule, object, report));
      checkMounts(each, new Set([...volumes, ...claims]), object, report);
      checkProbes(each, object, report);
    }
    reportDuplicateNames(names, template.path, object, report);
  }
};

/** The names in a list of parts. Includes invalid ones, so that references to them are not reported as well. */
function namesIn(
  template: PodTemplate,
  path: FieldPath,
  list: unknown,
  rule: NameRule,
  object: RenderedObject,
  report: ReportFinding,
): string[] {
  const parts = Array.isArray(list) ? list : [];
  return parts.flatMap((part: unknown, index) =>
    isMap(part) ? checkPartName(part["name"], [...template.path, ...path, index, "name"], rule, object, report) : [],
  );
}

function checkPartName(name: unknown, path: FieldPath, rule: NameRule, object: RenderedObject, report: ReportFinding): string[] {
  if (typeof name !== "string") return [];
  if (!rule.holds(name)) {
    const message = `${JSON.stringify(name)} is not a valid name`;
    report({
      code: "bad-name",
      message,
      object,
      field: formatFieldPath(path),
      because: `the rule is: ${rule.words}`,
      next: "choose a valid name",
    });
  }
  return [name];
}

// A StatefulSet's claim templates are volumes of its pods.
function claimTemplates(object: RenderedObject): string[] {
  const spec = mapAt(object.json, "spec");
  return listAt(spec, "volumeClaimTemplates").flatMap((claim) => {
    const name = isMap(claim) ? mapAt(claim, "metadata")["name"] : undefined;
    return typeof name === "string" ? [name] : [];
  });
}

function checkMounts({ path, container }: Container, volumes: ReadonlySet<string>, object: RenderedObject, report: ReportFinding): void {
  for (const list of ["volumeMounts", "volumeDevices"]) {
    for (const [index, mount] of listAt(container, list).entries()) {
      const name = isMap(mount) ? mount["name"] : undefined;
      if (typeof name !== "string" || volumes.has(name)) continue;
      reportDangling("volume", name, volumes, [...path, list, index, "name"], object, report);
    }
  }
}

/** A probe's named port must be a port of the same container. */
function checkProbes({ path, container }: Container, object: RenderedObject, report: ReportFinding): void {
  const ports = new Set<string>();
  for (const [index, port] of listAt(container, "ports").entries()) {
    if (isMap(port))
      for (const name of checkPartName(port["name"], [...path, "ports", index, "name"], portNameRule, object, report)) ports.add(name);
  }
  for (const probe of ["readinessProbe", "livenessProbe", "startupProbe"]) {
    for (const how of ["httpGet", "tcpSocket"]) {
      const { port } = mapAt(mapAt(container, probe), how);
      if (typeof port === "string" && !ports.has(port)) reportDangling("port", port, ports, [...path, probe, how, "port"], object, report);
    }
  }
}

function reportDangling(
  what: string,
  name: string,
  known: ReadonlySet<string>,
  path: FieldPath,
  object: RenderedObject,
  report: ReportFinding,
): void {
  const near = nearestName(name, known);
  report({
    code: "dangling-reference",
    message: `there is no ${what} ${JSON.stringify(name)}`,
    object,
    field: formatFieldPath(path),
    because: what === "port" ? "the probe would always fail" : "the API server rejects the pod",
    next: near === undefined ? `use one of: ${[...known].join(", ") || "(there are none)"}` : `did you mean ${JSON.stringify(near)}?`,
  });
}

function reportDuplicateNames(names: readonly string[], path: FieldPath, object: RenderedObject, report: ReportFinding): void {
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    const field = formatFieldPath([...path, "spec", "containers"]);
    report({ code: "bad-name", message: `two containers are named ${JSON.stringify(name)}`, object, field, next: "rename one of them" });
  }
}
