import { amount, type Problem } from "../../core/index.ts";
import { synth, type SynthOptions, type SynthResult } from "../../synth/index.ts";
import { type OpenFleet, openFleet } from "./open-fleet.ts";
import { progress } from "../output/progress.ts";

export interface Synthesized extends OpenFleet {
  readonly result: SynthResult;
}

export interface NotSynthesized {
  readonly problems: readonly Problem[];
  /** Set when the problems kept a part of the fleet from being checked. */
  readonly note?: string;
}

// Sites with a fault are not rendered, so nothing is known of their manifests.
const SITES_LEFT_OUT = "Sites with a problem were not rendered: more problems may follow after they are corrected.";
const NOT_RENDERED = "The fleet was not rendered: more problems may follow after this is corrected.";

/** The fleet of the working folder, placed, rendered and checked. Warnings are in `result.problems`; an error anywhere gives problems alone. */
export async function synthesize(options: SynthOptions = {}): Promise<Synthesized | NotSynthesized> {
  const done = progress("reading the fleet");
  try {
    const opened = await openFleet();
    if ("problems" in opened) return { ...opened, note: NOT_RENDERED };
    // Synth works without a pause, so this line is written before it begins.
    progress(`rendering ${amount(opened.fleet.inventory.sites.length, "site")}`);
    const result = synth(opened.fleet, options);
    if (!result.problems.some(isError)) return { ...opened, result };
    return { problems: result.problems, ...(opened.fleet.inventory.problems.some(isError) ? { note: SITES_LEFT_OUT } : {}) };
  } finally {
    done();
  }
}

function isError({ severity }: Problem): boolean {
  return severity === "error";
}
