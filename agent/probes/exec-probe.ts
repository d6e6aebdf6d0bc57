import { basename } from "node:path";
import { type Clock, type Disk, type ProcessPort, quoted } from "../../core/index.ts";
import type { AgentProbe } from "../../wire/index.ts";
import { type CommandEnd, startCommand } from "./child-process.ts";
import { healthy, unhealthy, unknown } from "./answers.ts";
import type { ProbeAnswer } from "./probes.ts";
import { tryProgramFault } from "./program-fault.ts";

export type Exec = Extract<AgentProbe, { readonly exec: unknown }>["exec"];

/** Runs commands of agent.json. Their output is never read, so it cannot reach a log or a report. */
export class ExecProbe {
  readonly #clock: Clock;
  readonly #environment: ProcessPort;
  readonly #disk: Pick<Disk, "pathFault">;
  /** Commands that even SIGKILL did not end. Without this list, each check on a failed disk would leave one more process. */
  readonly #stuck = new Set<string>();

  constructor(clock: Clock, environment: ProcessPort, disk: Pick<Disk, "pathFault">) {
    this.#clock = clock;
    this.#environment = environment;
    this.#disk = disk;
  }

  async ask({ command, timeoutSeconds }: Exec, signal: AbortSignal): Promise<ProbeAnswer> {
    // Arguments may hold passwords; the program's name does not.
    const name = `the command ${quoted(basename(command[0] as string))}`;
    const key = JSON.stringify(command);
    if (this.#stuck.has(key)) return unknown(`${name} was killed at an earlier check and has still not exited`);
    // Not at the start: an update of the agent would stop a site whose script was always like that.
    const unsafe = await tryProgramFault(command, this.#disk);
    if (unsafe !== undefined) return unknown(`${name} was not started: unsafe-path, ${unsafe}`);
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
      return end.code === 0 ? healthy(`${name} exited with code 0`) : unhealthy(`${name} exited with code ${end.code}`);
    case "timed-out":
      return unhealthy(`${name} did not exit within ${timeoutSeconds} s`);
    // SIGKILL comes from the kernel when memory runs out, or from a person on the box.
    case "killed":
      return end.by === "SIGKILL"
        ? unknown(`${name} was killed by another process or the kernel`)
        : unhealthy(`${name} was killed by ${end.by}`);
    // A missing or not executable command is a fault in the box's configuration, not in the release.
    case "not-started":
      return unknown(`${name} could not be started: ${end.code}`);
    case "stopped":
    case "too-much-output":
      return unknown(`${name} was aborted: the agent is stopping`);
  }
}
