export type { Finding, KubernetesObject, RenderedObject, RenderedSite, RenderedUnit, Report, SiteCheck, UnitCheck } from "./check.ts";
export type { UnitExplanation } from "./explain.ts";
export { synth, type SynthOptions, type SynthResult } from "./synth.ts";
export type { FactRead } from "./trace-text.ts";
export { type ObjectOrigin, why } from "./why.ts";
