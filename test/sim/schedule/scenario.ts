import type { Stage } from "../world/stage.ts";

/** What an office did before a schedule begins. */
export interface Scenario {
  readonly name: string;
  /** In this order, seq 1 first. */
  readonly promoted: readonly string[];
  /** Version of trust that it ends with; raising it promotes the last release once more. */
  readonly trust: number;
}

export function scenario(promoted: readonly string[]): Scenario {
  return { name: promoted.join(", ") || "a new box", promoted, trust: 1 };
}

/** The office's side of it, for a stage whose box has lived it. */
export function replayScenario({ promoted, trust }: Scenario, stage: Stage): void {
  for (const nature of promoted) stage.promote(nature);
  if (trust > 1) stage.raiseTrust(trust);
}
