export { App, type AppProps } from "./app.ts";
export { callerPlace, errorPlace, placeHere } from "./caller-place.ts";
export { Fleet, type FleetProps } from "./fleet.ts";
export { Late, late, lateAsString, type LateFact, lateFact, latePartsOf, type LateSource } from "./late.ts";
export { Layer, type LayerProps } from "./layer.ts";
export { Profile, type ProfileProps } from "./profile.ts";
export type { Capacity, LateOf, PlacedApp, PlacementSite, Site } from "./site.ts";
export { type Consent, type LabelsOf, type Probe, type PropsArgument, Unit, type UnitKind, type UnitProps } from "./unit.ts";
