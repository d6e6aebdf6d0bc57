import { type AgentConfig, type AgentProbe, type JournalSlot, type Plan, readPlan, type SiteCommit } from "../../wire/index.ts";
import type { SlotFacts } from "../machine/slot-facts.ts";
import { loadOr } from "./perform-faults.ts";
import type { AgentContext } from "../context.ts";

/** What the state machine needs of a slot; null without a slot, or when it cannot be read. */
export async function tryFacts(slot: JournalSlot | null, context: AgentContext): Promise<SlotFacts | null> {
  if (slot === null) return null;
  const content = await loadOr(context, slot.slot, slot.tree);
  if ("refusal" in content) {
    context.log({ level: "warn", event: "started", reason: content.refusal, detail: content.because });
    return null;
  }
  // It passed `readPlan` when it was staged, but an agent that was downgraded may be unable to read it.
  const plan = content.value.files.find((file) => file.path === "plan.json");
  const read = readPlan(plan?.bytes ?? Buffer.alloc(0));
  return "value" in read ? factsOf(content.value.commit, read.value, context.config.probes) : null;
}

/** `local`: probes of agent.json by unit. Those for a unit that is not in the plan are dropped. */
export function factsOf(commit: SiteCommit, plan: Plan, local: AgentConfig["probes"]): SlotFacts {
  const units = Object.entries(plan.units);
  return {
    pollSeconds: plan.agent.pollSeconds,
    window: plan.agent.window,
    urgent: commit.urgent,
    retired: plan.retired ?? null,
    units: Object.fromEntries(
      units.map(([name, { dataVersion, deadlineSeconds, quietSeconds }]) => [name, { dataVersion, deadlineSeconds, quietSeconds }]),
    ),
    objects: plan.steps.flatMap(({ unit, objects }) => objects.map((id) => ({ id, unit }))),
    consents: plan.consents.map(({ remove }) => remove),
    probes: units.flatMap(([unit, { probes }]) => {
      const own = Object.hasOwn(local, unit) ? (local[unit] as readonly AgentProbe[]) : [];
      return [...probes, ...own].map((probe) => ({ unit, object: askedObject(unit, probe), probe }));
    }),
  };
}

function askedObject(unit: string, probe: AgentProbe): string {
  if ("exec" in probe) return `skerry.dev/Command//${unit}`;
  const { namespace, service } = "http" in probe ? probe.http : probe.tcp;
  return `/Service/${namespace}/${service}`;
}
