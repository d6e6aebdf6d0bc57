import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Settings } from "./settings.ts";

interface Mounted {
  /** Where the container sees it. */
  readonly mountPath: string;
  /** @default false; settings and secrets are always read-only */
  readonly readOnly?: boolean;
}

/** One mount of a workload, and what stands behind it. */
export type WorkloadVolume = Mounted &
  (
    | { readonly emptyDir: { readonly sizeLimit?: string; readonly medium?: "Memory" } }
    | { readonly settings: Settings }
    | { readonly secret: string }
    /** A disk that outlives the pods: of this size and made with the workload, or a claim that is there already. */
    | { readonly persistent: { readonly size: string; readonly storageClassName?: string } | { readonly claimName: string } }
    /** A folder of the node. For layers: an app that reaches out of its fence is refused. */
    | { readonly hostPath: string; readonly type?: "Directory" | "DirectoryOrCreate" | "File" | "Socket" }
  );

export type WorkloadVolumes = Readonly<Record<string, WorkloadVolume>>;

/** @param workload the name that claims are called after: `<workload>-<volume>` */
export function volumesOf(workload: string, volumes: WorkloadVolumes): IVolume[] {
  return Object.entries(volumes).map(([name, volume]) => ({ name, ...sourceOf(claimName(workload, name, volume), volume) }));
}

export function mountsOf(volumes: WorkloadVolumes): IVolumeMount[] {
  return Object.entries(volumes).map(([name, volume]) => {
    const readOnly = volume.readOnly === true || "settings" in volume || "secret" in volume;
    return { name, mountPath: volume.mountPath, ...(readOnly ? { readOnly } : {}) };
  });
}

/** The claims that are made with the workload. */
export function claimsOf(
  workload: string,
  volumes: WorkloadVolumes,
): readonly { readonly name: string; readonly size: string; readonly storageClassName?: string }[] {
  return Object.entries(volumes).flatMap(([name, volume]) =>
    "persistent" in volume && "size" in volume.persistent ? [{ name: claimName(workload, name, volume), ...volume.persistent }] : [],
  );
}

export function settingsMounted(volumes: WorkloadVolumes): readonly Settings[] {
  return Object.values(volumes).flatMap((volume) => ("settings" in volume ? [volume.settings] : []));
}

function claimName(workload: string, name: string, volume: WorkloadVolume): string {
  return "persistent" in volume && "claimName" in volume.persistent ? volume.persistent.claimName : `${workload}-${name}`;
}

function sourceOf(claim: string, volume: WorkloadVolume): Omit<IVolume, "name"> {
  if ("emptyDir" in volume) return { emptyDir: volume.emptyDir };
  if ("settings" in volume) return { configMap: { name: volume.settings.name } };
  if ("secret" in volume) return { secret: { secretName: volume.secret } };
  if ("persistent" in volume) return { persistentVolumeClaim: { claimName: claim } };
  return { hostPath: { path: volume.hostPath, ...(volume.type === undefined ? {} : { type: volume.type }) } };
}
