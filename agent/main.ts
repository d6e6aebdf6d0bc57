import { setFlagsFromString } from "node:v8";
import { systemClock, systemDisk, systemProcess, systemRandom, WorldError } from "../core/index.ts";
import { agentOnce, agentRun, type ExitCode } from "./commands.ts";
import type { LogLine } from "./log-line.ts";
import { type AgentPorts, ConfigRefused } from "./start.ts";
import { agentStatus } from "./status.ts";

/** The agent as a process of its own: `agent/main.ts run|once|status [--config <agent.json>] [-o json]`. */

// Node lets its heap grow far before it looks at it; an agent that mostly sleeps is better off small.
setFlagsFromString("--optimize-for-size");

const USAGE = "usage: skerry-agent run|once|status [--config /etc/skerry/agent.json] [-o json]";

const ports: AgentPorts = { clock: systemClock, random: systemRandom, disk: systemDisk, process: systemProcess, log: say };

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  const asked = tryParse(args);
  if (asked === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  try {
    if (asked.command === "status") return await status(asked);
    return await (asked.command === "once" ? agentOnce : agentRun)(asked.config, ports, listen());
  } catch (error) {
    if (error instanceof ConfigRefused) return fail(2, error.message);
    if (error instanceof WorldError) return fail(3, `${error.code}: ${error.message}. ${error.next}.`);
    throw error;
  }
}

async function status({ config, json }: Asked): Promise<ExitCode> {
  process.stdout.write(await agentStatus(config, json, ports));
  return 0;
}

function fail(code: ExitCode, message: string): ExitCode {
  process.stderr.write(`skerry agent: ${message}\n`);
  return code;
}

interface Asked {
  readonly command: "run" | "once" | "status";
  readonly config: string;
  readonly json: boolean;
}

function tryParse(args: readonly string[]): Asked | undefined {
  const [command, ...rest] = args;
  if (command !== "run" && command !== "once" && command !== "status") return undefined;
  let config = "/etc/skerry/agent.json";
  let json = false;
  for (let place = 0; place < rest.length; place += 2) {
    const value = rest[place + 1];
    if (rest[place] === "--config" && value !== undefined) config = value;
    else if (rest[place] === "-o" && value === "json" && command === "status") json = true;
    else return undefined;
  }
  return { command, config, json };
}

/** SIGTERM and SIGINT end after what was begun; SIGHUP asks for a poll now. */
function listen(): { stop: AbortSignal; onReady: (ask: () => void) => void } {
  const stop = new AbortController();
  let ask = (): void => undefined;
  process.on("SIGTERM", () => stop.abort());
  process.on("SIGINT", () => stop.abort());
  process.on("SIGHUP", () => ask());
  return { stop: stop.signal, onReady: (asker) => (ask = asker) };
}

function say(line: LogLine): void {
  process.stdout.write(`${JSON.stringify({ at: new Date(systemClock.now()).toISOString(), ...line })}\n`);
}
