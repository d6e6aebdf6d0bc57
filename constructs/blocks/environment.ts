import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { Late, lateAsString } from "../late.ts";
import type { Settings, Text } from "./settings.ts";

/** Where a variable gets its value: said here, or looked up when the container starts. */
export type EnvironmentValue =
  | Text
  | number
  | { readonly settings: Settings; readonly key: string }
  /** A key of a Secret that something else puts there: a sealed one, or the operator of a vault. */
  | { readonly secret: string; readonly key: string; readonly optional?: boolean }
  /** A field of the pod itself, e.g. `spec.nodeName` or `status.podIP`. */
  | { readonly field: string };

/** In the order given: later variables may use earlier ones as `$(NAME)`. */
export function environmentOf(environment: Readonly<Record<string, EnvironmentValue>>): IEnvVar[] {
  return Object.entries(environment).map(([name, value]) => ({ name, ...sourceOf(value) }));
}

/** The settings that an environment looks into. */
export function settingsIn(environment: Readonly<Record<string, EnvironmentValue>>): readonly Settings[] {
  return Object.values(environment).flatMap((value) => (isReference(value) && "settings" in value ? [value.settings] : []));
}

function sourceOf(value: EnvironmentValue): Omit<IEnvVar, "name"> {
  if (!isReference(value)) return { value: typeof value === "number" ? String(value) : lateAsString(value) };
  if ("settings" in value) return { valueFrom: { configMapKeyRef: { name: value.settings.name, key: value.key } } };
  if ("field" in value) return { valueFrom: { fieldRef: { fieldPath: value.field } } };
  const optional = value.optional === undefined ? {} : { optional: value.optional };
  return { valueFrom: { secretKeyRef: { name: value.secret, key: value.key, ...optional } } };
}

function isReference(value: EnvironmentValue): value is Exclude<EnvironmentValue, Text | number> {
  return typeof value === "object" && !Late.isLate(value);
}
