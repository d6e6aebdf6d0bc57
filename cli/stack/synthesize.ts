import { amount, type Problem } from "../../core/index.ts";
import { synth, type SynthOptions, type SynthResult } from "../../synth/index.ts";
import { type OpenFleet, openFleet } from "./open-fleet.ts";
import { progress } from "../output/progress.ts";

export interface Synthesized extends OpenFleet {
  readonly result: SynthResult;
}

/** The fleet of the working folder, placed, rendered and checked. Warnings are in `result.problems`; an error anywhere gives problems alone. */
export async function synthesize(options: SynthOptions = {}): Promise<Synthesized | { readonly problems: readonly Problem[] }> {
  const done = progress("reading the fleet");
  try {
    const opened = await openFleet();
    if ("problems" in opened) return opened;
    // Synth works without a pause, so this line is written before it begins.
    progress(`rendering ${amount(opened.fleet.inventory.sites.length, "site")}`);
    const result = synth(opened.fleet, options);
    return result.problems.some(({ severity }) => severity === "error") ? { problems: result.problems } : { ...opened, result };
  } finally {
    done();
  }
}
