import { type FieldPath, isMap, type JsonMap, listAt, mapAt } from "./field-fault.ts";

/** The path of the pod template in each kind. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  ReplicationController: ["spec", "template"],
  Deployment: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};
/** Custom kinds may have the same names (a rollout controller's Deployment) and another structure. */
const GROUPS: ReadonlySet<string> = new Set(["v1", "apps/v1", "batch/v1"]);

export interface PodTemplate {
  /** From the object to the template. */
  readonly path: FieldPath;
  readonly labels: JsonMap;
  readonly annotations: JsonMap;
  readonly spec: JsonMap;
}

/** The pod template of a built-in object; undefined when the object has none or is malformed. */
export function tryPodTemplate(object: JsonMap): PodTemplate | undefined {
  const path = GROUPS.has(String(object["apiVersion"])) ? TEMPLATES[String(object["kind"])] : undefined;
  if (path === undefined) return undefined;
  let at: unknown = object;
  for (const step of path) at = isMap(at) ? at[step] : undefined;
  if (!isMap(at) || !isMap(at["spec"])) return undefined;
  const metadata = mapAt(at, "metadata");
  return { path, labels: mapAt(metadata, "labels"), annotations: mapAt(metadata, "annotations"), spec: at["spec"] };
}

export interface Container {
  readonly path: FieldPath;
  readonly container: JsonMap;
}

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"];

/** In the order in which they start. */
export function containersOf(template: PodTemplate): readonly Container[] {
  return CONTAINER_LISTS.flatMap((list) =>
    listAt(template.spec, list).flatMap((container, index) =>
      isMap(container) ? [{ path: [...template.path, "spec", list, index], container }] : [],
    ),
  );
}
