import type { AgentProbe, HealthWord } from "../../wire/index.ts";
import type { ProgressCause } from "../machine/watch.ts";

/** The result of one probe. */
export interface ProbeAnswer {
  /**
   * `healthy`, `unhealthy` and `progressing` were observed; with `progressing`, `cause` is what it waits for. `unknown`: the box could not run
   * the probe (no process, no memory), which proves nothing about the release;
   * `unprobed`: agent.json does not say where the probe's Service is (A16).
   */
  readonly health: HealthWord;
  /** Only with `progressing`. */
  readonly cause?: ProgressCause;
  /** One printable sentence without line ends, at most 300 characters; never the output of a command or the body of an answer. */
  readonly detail: string;
}

/** Runs a probe once, within a time limit, and stops when `signal` is aborted; a command's whole process group is killed then. */
export interface Probes {
  ask(probe: AgentProbe, signal: AbortSignal): Promise<ProbeAnswer>;
}
