export type { CheckFinding, RenderedObject, RenderedSite, RenderedUnit, ReportFinding, SiteCheck, UnitCheck } from "./checks/check.ts";
export type { KubernetesObject } from "../kube/index.ts";
export type { UnitExplanation } from "./explain/explain.ts";
export { synth, type SynthOptions, type SynthResult } from "./synth.ts";
export type { FactRead } from "./explain/trace-text.ts";
export { type ObjectOrigin, why } from "./explain/why.ts";
