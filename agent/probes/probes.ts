import type { AgentProbe, HealthWord } from "../../wire/index.ts";
import type { ProgressCause } from "../machine/watch.ts";

/** What one look at a probe said. */
export interface ProbeAnswer {
  /**
   * `healthy` and `unhealthy` were observed, and `progressing` too: it is on its way, and `cause` says what it waits for; `unknown`: the box could not ask (no process, no memory), which says nothing of the release;
   * `unprobed`: agent.json does not say where the probe's Service is (A16).
   */
  readonly health: HealthWord;
  /** With `progressing`, and with no other. */
  readonly cause?: ProgressCause;
  /** One printable sentence without line ends, at most 300 characters; never the output of a command or the body of an answer. */
  readonly detail: string;
}

/** Asks once. Bounded in time, and ended when `signal` is aborted; a command's whole process group is ended with it. */
export interface Probes {
  ask(probe: AgentProbe, signal: AbortSignal): Promise<ProbeAnswer>;
}
