import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { Late, lateAsString } from "../late.ts";
import { type ConfigMap, type Text, tryConfigMap } from "./config-map.ts";

/** The value of a variable, or the source from which it is read when the container starts. */
export type EnvironmentValue =
  | Text
  | number
  | { readonly configMap: ConfigMap; readonly key: string }
  /** @deprecated Use `configMap`. */
  | { readonly settings: ConfigMap; readonly key: string }
  /** A key of a Secret that is created by something else: a sealed secret, or a vault operator. */
  | { readonly secret: string; readonly key: string; readonly optional?: boolean }
  /** A field of the pod itself, e.g. `spec.nodeName` or `status.podIP`. */
  | { readonly field: string };

/** In the given order, so that later variables can refer to earlier ones as `$(NAME)`. */
export function environmentOf(environment: Readonly<Record<string, EnvironmentValue>>): IEnvVar[] {
  return Object.entries(environment).map(([name, value]) => ({ name, ...sourceOf(value) }));
}

/** The ConfigMaps that an environment refers to. */
export function configMapsIn(environment: Readonly<Record<string, EnvironmentValue>>): readonly ConfigMap[] {
  return Object.values(environment).flatMap((value) => (isReference(value) ? (tryConfigMap(value) ?? []) : []));
}

function sourceOf(value: EnvironmentValue): Omit<IEnvVar, "name"> {
  if (!isReference(value)) return { value: typeof value === "number" ? String(value) : lateAsString(value) };
  if ("configMap" in value || "settings" in value) {
    return { valueFrom: { configMapKeyRef: { name: (tryConfigMap(value) as ConfigMap).name, key: value.key } } };
  }
  if ("field" in value) return { valueFrom: { fieldRef: { fieldPath: value.field } } };
  const optional = value.optional === undefined ? {} : { optional: value.optional };
  return { valueFrom: { secretKeyRef: { name: value.secret, key: value.key, ...optional } } };
}

function isReference(value: EnvironmentValue): value is Exclude<EnvironmentValue, Text | number> {
  return typeof value === "object" && !Late.isLate(value);
}
