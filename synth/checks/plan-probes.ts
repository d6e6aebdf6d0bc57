import { nearestName } from "../../core/index.ts";
import { isMap, listAt, mapAt } from "../../kube/index.ts";
import type { RenderedObject, RenderedUnit, ReportFinding, SiteCheck } from "./check.ts";

/** A probe that asks a Service or port that is not there fails at every site, and takes each new release back with it. */
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

/** A probe is no part of an object, so the unit's first object stands in as the place. */
function reportMissing(unit: RenderedUnit, id: string, there: readonly RenderedObject[], service: string, report: ReportFinding): void {
  const near = nearestName(
    service,
    there.map(({ ref }) => ref.name),
  );
  const [object] = unit.objects;
  report({
    code: "dangling-probe",
    message: `a probe of ${unit.unit.name} asks the Service ${id}, which nothing makes`,
    ...(object === undefined ? {} : { object }),
    because: "the probe would fail at every site, and the agent would take the release back",
    next: near === undefined ? "make the Service, e.g. with Exposure, or correct the probe" : `did you mean ${near}?`,
  });
}

function reportPort(object: RenderedObject, port: number, report: ReportFinding): void {
  report({
    code: "dangling-probe",
    message: `a probe asks port ${port}, which the Service does not have`,
    object,
    field: "spec.ports",
    because: "the probe would fail at every site, and the agent would take the release back",
    next: `its ports: ${portsOf(object).join(", ") || "none"}`,
  });
}

function portsOf(service: RenderedObject): readonly unknown[] {
  return listAt(mapAt(service.json, "spec"), "ports").flatMap((port) => (isMap(port) ? [port["port"]] : []));
}
