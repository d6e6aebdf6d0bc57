export { Airport, type AirportProps } from "./airport.ts";
export { CustomKinds, type CustomKindsProps } from "./custom-kinds.ts";
export { LogCollector, type LogCollectorProps } from "./log-collector.ts";
export { Namespaces, type NamespacesProps } from "./namespaces.ts";
export { NetworkPolicies, type NetworkPoliciesProps } from "./network-policies.ts";
export { NodeMetrics, type NodeMetricsProps } from "./node-metrics.ts";
