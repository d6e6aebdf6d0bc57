import type { Probe, Profile, Unit } from "../../constructs/index.ts";
import { canonicalDocument, canonicalJson, STAGES } from "../../core/index.ts";
import type { FleetSite } from "../track/fleet-site.ts";
import type { WindowFacts } from "../../sites/index.ts";
import { type Plan, type PlanProbe, type PlanUnit, readPlan } from "../../wire/index.ts";
import type { FindingGroups } from "../track/finding-groups.ts";
import type { OwnedConsent } from "../place/consents.ts";
import type { Rendered } from "../render/rendered.ts";

/** The oldest agent that can apply current trees. Raise it with a change that older agents would misread. */
const AGENT_MIN = "0.1.0";
const KUBERNETES_DEFAULT = "1.36";

/** A plan without the window, which may differ among sites that share everything else. */
export type PlanFrame = Omit<Plan, "agent"> & { readonly agent: Omit<Plan["agent"], "window"> };

export function kubernetesOf(profile: Profile): string {
  return profile.props.kubernetes ?? KUBERNETES_DEFAULT;
}

/** Object ids hold markers for late facts. `rendered` is in apply order. */
export function planFrame(profile: Profile, rendered: readonly Rendered[], consents: readonly OwnedConsent[]): PlanFrame {
  return {
    format: "skerry.plan/1",
    kubernetes: kubernetesOf(profile),
    agent: { min: AGENT_MIN, pollSeconds: profile.props.pollSeconds ?? 300 },
    units: Object.fromEntries(rendered.map(({ unit, probes }) => [unit.name, planUnit(unit, probes)])),
    steps: STAGES.flatMap((stage) =>
      rendered.flatMap(({ unit, steps }) =>
        steps.filter((step) => step.stage === stage).map(({ ids }) => ({ stage, unit: unit.name, objects: [...ids] })),
      ),
    ),
    consents: consents.map(({ consent: { remove, reason } }) => ({ remove, reason })),
  };
}

/**
 * Writes the plan's canonical text for a window, with markers for late names. All but the first field, `agent`, is the same for all windows and is
 * written once.
 */
export function planWriter(frame: PlanFrame): (window: WindowFacts | undefined) => string {
  const { agent, ...rest } = frame;
  const tail = canonicalDocument(rest).slice(1);
  return (window) => {
    const { cron, minutes, timeZone } = window ?? {};
    const whole = { ...agent, window: window === undefined ? null : { cron, minutes, timeZone } };
    return `{"agent":${canonicalJson(whole)},${tail}`;
  };
}

/** Reports a plan that the agent's reader would refuse. `text` is a plan with real names. */
export function checkPlan(text: string, sites: readonly FleetSite[], findings: FindingGroups): void {
  const read = readPlan(Buffer.from(text));
  if (!("fault" in read)) return;
  // Already reported with the constructs: as an identity clash, or as two units of one name, whose steps and objects then repeat.
  const isRepeated = read.fault.includes("must be unique");
  if (isRepeated && findings.has("identity-clash")) return;
  if ((isRepeated || read.fault.includes("must not repeat stage")) && findings.has("duplicate-unit-name")) return;
  const finding = {
    code: "bad-plan" as const,
    message: `plan.json ${read.fault}`,
    at: [{ path: "plan.json" }],
    because: "the agent refuses such a plan",
    next: "correct the field's unit: its serviceAccount, dataVersion, deadlineSeconds, quietSeconds, probes or consents",
  };
  findings.addAt(finding, sites);
}

function planUnit(unit: Unit, probes: readonly Probe[]): PlanUnit {
  const { serviceAccount = null, dataVersion = 1, deadlineSeconds = 300, quietSeconds = 30 } = unit.props;
  return {
    kind: unit.kind,
    serviceAccount,
    dataVersion,
    deadlineSeconds,
    quietSeconds,
    probes: probes.map((probe) => planProbe(unit, probe)),
  };
}

function planProbe(unit: Unit, probe: Probe): PlanProbe {
  const namespace = unit.namespace ?? "";
  return "http" in probe ? { http: { namespace, ...probe.http } } : { tcp: { namespace, ...probe.tcp } };
}
