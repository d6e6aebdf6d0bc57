import { amount, some } from "../../core/index.ts";
import type { UnitRenders } from "../render/unit-renders.ts";
import type { FleetCheck } from "./run-checks.ts";
import { unitPlace } from "../track/unit-place.ts";

/**
 * An app that has no probe at any site: an agent watches it only as far as its target can tell, and commits a release that does not work.
 * All such apps are one problem. `probes: []` in an app's props says that it needs none.
 */
export const checkProbes: FleetCheck = (renders, findings) => {
  const apps = renders.filter(isWithoutProbe).map(({ unit }) => unit);
  if (apps.length === 0) return;
  findings.add({
    code: "no-probe",
    severity: "warning",
    message: `${amount(apps.length, "app has", "apps have")} no probe: ${some(apps.map(({ name }) => name))}`,
    at: apps.map((unit) => unitPlace(unit)),
    because: "the agent cannot ask whether such an app works, so it keeps a release in which the app is broken",
    next: "add a probe with WorkloadService, addProbe or the prop probes; write probes: [] for an app that needs none",
  });
};

// A leaf without a render has problems of its own.
function isWithoutProbe({ unit, leaves }: UnitRenders): boolean {
  if (unit.kind !== "app" || unit.props.probes !== undefined || leaves.length === 0) return false;
  return leaves.every(({ result }) => result.value !== undefined && result.value.probes.length === 0);
}
