import type { AgentProbe, PlanWindow } from "../../wire/index.ts";

/** What the core needs of a staged tree's plan and commit; the files stay in the slot. */
export interface SlotFacts {
  readonly pollSeconds: number;
  readonly window: PlanWindow | null;
  readonly urgent: boolean;
  readonly retired: "keep" | "erase" | null;
  readonly units: Readonly<Record<string, UnitFacts>>;
  /** In the order of the plan's steps. */
  readonly objects: readonly { readonly id: string; readonly unit: string }[];
  /** Object ids that may be removed though their kind is one that stays otherwise. */
  readonly consents: readonly string[];
  /** The plan's probes and those of agent.json. */
  readonly probes: readonly UnitProbe[];
}

export interface UnitFacts {
  readonly dataVersion: number;
  readonly deadlineSeconds: number;
  readonly quietSeconds: number;
}

export interface UnitProbe {
  readonly unit: string;
  /** Id of what is looked at, under which `baseline` holds its health: a Service, or the unit's own commands. */
  readonly object: string;
  readonly probe: AgentProbe;
}
