import { ConfigMap, type ConfigMapProps } from "./config-map.ts";
import { DefaultDenyNetworkPolicy, type DefaultDenyNetworkPolicyProps } from "./default-deny-network-policy.ts";
import { WorkloadService, type WorkloadServiceProps } from "./workload-service.ts";

// Names of 0.1, kept for one minor version (docs/adr/0019).

/** @deprecated Use `WorkloadService`. */
export const Exposure = WorkloadService;
/** @deprecated Use `WorkloadService`. */
export type Exposure = WorkloadService;
/** @deprecated Use `WorkloadServiceProps`. */
export type ExposureProps = WorkloadServiceProps;

/** @deprecated Use `ConfigMap`. */
export const Settings = ConfigMap;
/** @deprecated Use `ConfigMap`. */
export type Settings = ConfigMap;
/** @deprecated Use `ConfigMapProps`. */
export type SettingsProps = ConfigMapProps;

/** @deprecated Use `DefaultDenyNetworkPolicy`. */
export const NetworkFence = DefaultDenyNetworkPolicy;
/** @deprecated Use `DefaultDenyNetworkPolicy`. */
export type NetworkFence = DefaultDenyNetworkPolicy;
/** @deprecated Use `DefaultDenyNetworkPolicyProps`. */
export type NetworkFenceProps = DefaultDenyNetworkPolicyProps;
