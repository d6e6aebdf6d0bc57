import type { AgentProbe, PlanWindow } from "../../wire/index.ts";

/** What the state machine needs of a staged tree's plan and commit; the files stay in the slot. */
export interface SlotFacts {
  readonly pollSeconds: number;
  readonly window: PlanWindow | null;
  readonly urgent: boolean;
  readonly retired: "keep" | "erase" | null;
  readonly units: Readonly<Record<string, UnitFacts>>;
  /** In the order of the plan's steps. */
  readonly objects: readonly { readonly id: string; readonly unit: string }[];
  /** Ids of objects that may be removed although their kind is kept by default. */
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
  /** Id of the probed object, the key of its health in `baseline`: a Service, or the unit's own commands. */
  readonly object: string;
  readonly probe: AgentProbe;
}
