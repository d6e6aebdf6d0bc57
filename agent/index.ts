export { type BundleFile, bundleFiles, type BundleRequest } from "./bundle.ts";
export { agentOnce, agentRun, type AgentSignals } from "./commands.ts";
export type { LogLine } from "./log-line.ts";
export { type AgentPorts, ConfigRefused } from "./start.ts";
export { agentStatus, type StatusDocument } from "./status.ts";
export { AGENT_VERSION } from "./version.ts";
