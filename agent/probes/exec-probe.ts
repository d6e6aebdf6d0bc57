import { basename } from "node:path";
import { type Clock, type ProcessPort, quoted } from "../../core/index.ts";
import type { AgentProbe } from "../../wire/index.ts";
import { type CommandEnd, startCommand } from "./child-process.ts";
import { healthy, unhealthy, unknown } from "./answers.ts";
import type { ProbeAnswer } from "./probes.ts";

export type Exec = Extract<AgentProbe, { readonly exec: unknown }>["exec"];

/** Runs commands of agent.json. What they print is never read, so it cannot reach a log or a report. */
export class ExecProbe {
  readonly #clock: Clock;
  readonly #environment: ProcessPort;
  /** Commands that took no signal, not even SIGKILL. Without this, each look at a dead disk would leave one more process. */
  readonly #stuck = new Set<string>();

  constructor(clock: Clock, environment: ProcessPort) {
    this.#clock = clock;
    this.#environment = environment;
  }

  async ask({ command, timeoutSeconds }: Exec, signal: AbortSignal): Promise<ProbeAnswer> {
    // Arguments may hold passwords; the program's name does not.
    const name = `the command ${quoted(basename(command[0] as string))}`;
    const key = JSON.stringify(command);
    if (this.#stuck.has(key)) return unknown(`${name} was killed before and has still not ended`);
    const limits = { timeoutMs: timeoutSeconds * 1_000, outputBytesMax: 0, signal };
    const { end, gone } = startCommand(command, limits, this.#clock, this.#environment);
    let isGone = false;
    void gone.then(() => {
      isGone = true;
      this.#stuck.delete(key);
    });
    const answer = judge(name, timeoutSeconds, await end);
    if (!isGone) this.#stuck.add(key);
    return answer;
  }
}

function judge(name: string, timeoutSeconds: number, end: CommandEnd): ProbeAnswer {
  switch (end.end) {
    case "exited":
      return end.code === 0 ? healthy(`${name} ended with exit code 0`) : unhealthy(`${name} ended with exit code ${end.code}`);
    case "timed-out":
      return unhealthy(`${name} did not end within ${timeoutSeconds} s`);
    // Nobody but the kernel, out of memory, or a person at the box sends SIGKILL.
    case "killed":
      return end.by === "SIGKILL" ? unknown(`${name} was killed from outside`) : unhealthy(`${name} was ended by ${end.by}`);
    // A command that is missing or may not be run was set up wrongly at the box, and no release can help that.
    case "not-started":
      return unknown(`${name} could not be started: ${end.code}`);
    case "stopped":
    case "too-much-output":
      return unknown(`${name} was not run to its end: the agent stops`);
  }
}
