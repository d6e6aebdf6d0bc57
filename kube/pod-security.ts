import { type FieldPath, isMap, type JsonMap, listAt, mapAt } from "./field-fault.ts";
import { containersOf, type PodTemplate } from "./pod-template.ts";

export interface PodSecurityFault {
  readonly field: FieldPath;
  /** The least strict level that forbids it. */
  readonly level: "baseline" | "restricted";
  /** What the standard requires there. */
  readonly rule: string;
}

/** The namespace label that sets the level that Kubernetes enforces. */
export const POD_SECURITY_LABEL = "pod-security.kubernetes.io/enforce";

/**
 * Violations of Kubernetes' Pod Security Standards (version 1.36; Linux). Controls that edge workloads do not use (SELinux, AppArmor,
 * /proc mounts, sysctls, Windows) are left to the API server.
 */
export function podSecurityFaults(template: PodTemplate): readonly PodSecurityFault[] {
  const pod = [...template.path, "spec"];
  const context = mapAt(template.spec, "securityContext");
  const faults: PodSecurityFault[] = [];
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
    if (template.spec[field] === true) faults.push({ field: [...pod, field], level: "baseline", rule: `${field} must not be true` });
  }
  faults.push(...volumeFaults(template.spec, pod));
  for (const { path, container } of containersOf(template)) {
    faults.push(...baselineFaults(container, path), ...restrictedFaults(container, path, context));
  }
  if (context["runAsUser"] === 0)
    faults.push({ field: [...pod, "securityContext", "runAsUser"], level: "restricted", rule: "must not be 0" });
  return faults;
}

const BASELINE_CAPABILITIES: ReadonlySet<unknown> = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(" "),
);
const RESTRICTED_VOLUMES: ReadonlySet<string> = new Set(
  "configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret image".split(" "),
);

function volumeFaults(spec: JsonMap, pod: FieldPath): PodSecurityFault[] {
  return listAt(spec, "volumes").flatMap((volume, index) => {
    const sources = isMap(volume) ? Object.keys(volume).filter((key) => key !== "name" && volume[key] != null) : [];
    return sources.flatMap((source): PodSecurityFault[] => {
      const field = [...pod, "volumes", index, source];
      if (source === "hostPath") return [{ field, level: "baseline", rule: "pods must not use hostPath volumes" }];
      return RESTRICTED_VOLUMES.has(source) ? [] : [{ field, level: "restricted", rule: `pods must not use volumes of type ${source}` }];
    });
  });
}

/** Settings that give a container access beyond its pod. */
function baselineFaults(container: JsonMap, path: FieldPath): PodSecurityFault[] {
  const context = mapAt(container, "securityContext");
  const at = [...path, "securityContext"];
  const faults: PodSecurityFault[] = [];
  if (context["privileged"] === true) faults.push({ field: [...at, "privileged"], level: "baseline", rule: "must not be true" });
  for (const capability of listAt(mapAt(context, "capabilities"), "add")) {
    const rule = `must not add ${String(capability)}`;
    if (!BASELINE_CAPABILITIES.has(capability)) faults.push({ field: [...at, "capabilities", "add"], level: "baseline", rule });
    else if (capability !== "NET_BIND_SERVICE") faults.push({ field: [...at, "capabilities", "add"], level: "restricted", rule });
  }
  for (const [index, port] of listAt(container, "ports").entries()) {
    if (!isMap(port) || !port["hostPort"]) continue;
    faults.push({ field: [...path, "ports", index, "hostPort"], level: "baseline", rule: "pods must not use host ports" });
  }
  return faults;
}

/** Settings that must be explicit. A container's setting overrides its pod's. */
function restrictedFaults(container: JsonMap, path: FieldPath, pod: JsonMap): PodSecurityFault[] {
  const context = mapAt(container, "securityContext");
  const at = [...path, "securityContext"];
  const faults: PodSecurityFault[] = [];
  const restricted = (field: readonly string[], rule: string): void =>
    void faults.push({ field: [...at, ...field], level: "restricted", rule });
  if (context["allowPrivilegeEscalation"] !== false) restricted(["allowPrivilegeEscalation"], "must be false");
  if (!listAt(mapAt(context, "capabilities"), "drop").includes("ALL")) restricted(["capabilities", "drop"], 'must contain "ALL"');
  if ((context["runAsNonRoot"] ?? pod["runAsNonRoot"]) !== true) restricted(["runAsNonRoot"], "must be true, here or for the pod");
  if (context["runAsUser"] === 0) restricted(["runAsUser"], "must not be 0");
  const seccomp = mapAt(context, "seccompProfile")["type"] ?? mapAt(pod, "seccompProfile")["type"];
  if (seccomp !== "RuntimeDefault" && seccomp !== "Localhost")
    restricted(["seccompProfile", "type"], "must be RuntimeDefault or Localhost, here or for the pod");
  return faults;
}
