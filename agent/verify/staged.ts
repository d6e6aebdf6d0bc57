import type { Refusal } from "../../trust/index.ts";
import type { AgentConfig, AgentProbe, Plan, SiteCommit } from "../../wire/index.ts";
import type { SlotFacts } from "../machine/state.ts";
import type { SlotContent } from "../store/slots.ts";
import { type Bench } from "./judge.ts";
import { judgeContents } from "./contents.ts";
import { judgeRelease } from "./release.ts";
import { judgeCommit } from "./site-commit.ts";

/** A9: what was staged is judged again from its own bytes, by trust as it is now. Its seq was judged when it came. */
export function judgeStaged(content: SlotContent, bench: Omit<Bench, "seen">): Refusal | undefined {
  const commit = judgeCommit(content.bytes, bench, bench.trust);
  if ("refusal" in commit) return commit;
  const release = judgeRelease(commit.value, content.release, bench.trust);
  if ("refusal" in release) return release;
  const plan = judgeContents(commit.value, content.files, bench.agentVersion);
  return "refusal" in plan ? plan : undefined;
}

/** `local`: probes of agent.json by unit; those for a unit that the plan does not have have nothing to fail. */
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
