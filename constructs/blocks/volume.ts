import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { type ConfigMap, tryConfigMap } from "./config-map.ts";

interface Mount {
  /** The path in the container. */
  readonly mountPath: string;
  /** @default false; ConfigMaps and secrets are always read-only */
  readonly readOnly?: boolean;
}

/** One mount of a workload and its source. */
export type WorkloadVolume = Mount &
  (
    | { readonly emptyDir: { readonly sizeLimit?: string; readonly medium?: "Memory" } }
    | { readonly configMap: ConfigMap }
    /** @deprecated Use `configMap`. */
    | { readonly settings: ConfigMap }
    | { readonly secret: string }
    /** Storage that outlives the pods: a new claim of this size, or an existing claim. */
    | { readonly persistent: { readonly size: string; readonly storageClassName?: string } | { readonly claimName: string } }
    /** A folder of the node. For layers only: `synth` refuses it in apps. */
    | { readonly hostPath: string; readonly type?: "Directory" | "DirectoryOrCreate" | "File" | "Socket" }
  );

export type WorkloadVolumes = Readonly<Record<string, WorkloadVolume>>;

/** @param workload the prefix of claim names: `<workload>-<volume>` */
export function volumesOf(workload: string, volumes: WorkloadVolumes): IVolume[] {
  return Object.entries(volumes).map(([name, volume]) => ({ name, ...sourceOf(claimName(workload, name, volume), volume) }));
}

export function mountsOf(volumes: WorkloadVolumes): IVolumeMount[] {
  return Object.entries(volumes).map(([name, volume]) => {
    const readOnly = volume.readOnly === true || tryConfigMap(volume) !== undefined || "secret" in volume;
    return { name, mountPath: volume.mountPath, ...(readOnly ? { readOnly } : {}) };
  });
}

/** The claims that are created with the workload. */
export function claimsOf(
  workload: string,
  volumes: WorkloadVolumes,
): readonly { readonly name: string; readonly size: string; readonly storageClassName?: string }[] {
  return Object.entries(volumes).flatMap(([name, volume]) =>
    "persistent" in volume && "size" in volume.persistent ? [{ name: claimName(workload, name, volume), ...volume.persistent }] : [],
  );
}

export function configMapsMounted(volumes: WorkloadVolumes): readonly ConfigMap[] {
  return Object.values(volumes).flatMap((volume) => tryConfigMap(volume) ?? []);
}

function claimName(workload: string, name: string, volume: WorkloadVolume): string {
  return "persistent" in volume && "claimName" in volume.persistent ? volume.persistent.claimName : `${workload}-${name}`;
}

function sourceOf(claim: string, volume: WorkloadVolume): Omit<IVolume, "name"> {
  if ("emptyDir" in volume) return { emptyDir: volume.emptyDir };
  const configMap = tryConfigMap(volume);
  if (configMap !== undefined) return { configMap: { name: configMap.name } };
  if ("secret" in volume) return { secret: { secretName: volume.secret } };
  if ("persistent" in volume) return { persistentVolumeClaim: { claimName: claim } };
  const { hostPath, type } = volume as Extract<WorkloadVolume, { readonly hostPath: string }>;
  return { hostPath: { path: hostPath, ...(type === undefined ? {} : { type }) } };
}
