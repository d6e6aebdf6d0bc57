/** The apply order inside a site tree; a stage is a folder below `manifests/`. */
export const STAGES = ["00-crds", "10-base", "20-infra", "30-addons", "40-apps"] as const;
export type Stage = (typeof STAGES)[number];
