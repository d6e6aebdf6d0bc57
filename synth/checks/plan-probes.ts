import { nearestName } from "../../core/index.ts";
import { isMap, listAt, mapAt } from "../../kube/index.ts";
import type { RenderedObject, RenderedUnit, ReportFinding, SiteCheck } from "./check.ts";

/** A probe of a missing Service or port fails at every site, so that every release falls back. */
export const checkPlanProbes: SiteCheck = ({ units }, report) => {
  const services = units.flatMap((unit) => unit.objects).filter(({ ref }) => ref.group === "" && ref.kind === "Service");
  for (const unit of units) {
    for (const probe of unit.probes) {
      const { namespace = unit.unit.namespace ?? "", service, port } = "http" in probe ? probe.http : probe.tcp;
      const there = services.filter(({ ref }) => ref.namespace === namespace);
      const found = there.find(({ ref }) => ref.name === service);
      if (found === undefined) reportMissing(unit, `${namespace}/${service}`, there, service, report);
      else if (!portsOf(found).includes(port)) reportPort(found, port, report);
    }
  }
};

/** A probe is not part of an object, so the place is the unit's first object. */
function reportMissing(unit: RenderedUnit, id: string, there: readonly RenderedObject[], service: string, report: ReportFinding): void {
  const near = nearestName(
    service,
    there.map(({ ref }) => ref.name),
  );
  const [object] = unit.objects;
  report({
    code: "dangling-probe",
    message: `a probe of ${unit.unit.name} uses the Service ${id}, which no unit creates`,
    ...(object === undefined ? {} : { object }),
    because: "the probe would fail at every site, and every agent would fall back",
    next: near === undefined ? "create the Service, e.g. with WorkloadService, or correct the probe" : `did you mean ${near}?`,
  });
}

function reportPort(object: RenderedObject, port: number, report: ReportFinding): void {
  report({
    code: "dangling-probe",
    message: `a probe uses port ${port}, which the Service does not have`,
    object,
    field: "spec.ports",
    because: "the probe would fail at every site, and every agent would fall back",
    next: `use one of its ports: ${portsOf(object).join(", ") || "none"}`,
  });
}

function portsOf(service: RenderedObject): readonly unknown[] {
  return listAt(mapAt(service.json, "spec"), "ports").flatMap((port) => (isMap(port) ? [port["port"]] : []));
}
