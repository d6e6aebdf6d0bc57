import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { printable, systemClock, systemDisk, systemProcess, systemRandom, WorldError } from "../core/index.ts";
import { boundedClock } from "./bounded-clock.ts";
import { agentOnce, agentRun, type ExitCode, exitCodeOf } from "./run-agent.ts";
import type { LogLine } from "./log-line.ts";
import { type Asked, readArguments, USAGE } from "./arguments.ts";
import { askAgent } from "./control/client.ts";
import { writeAnswer } from "./control/answer.ts";
import { startCommand } from "./local/start-command.ts";
import { superviseAsProcessOne } from "./process-one.ts";
import type { AgentPorts } from "./context.ts";
import { ConfigRefused, readConfig } from "./read-config.ts";
import { agentStatus } from "./status/status.ts";

/** The agent as a process, and the commands for a running one. */

// Node lets its heap grow far before it collects garbage; the agent mostly sleeps and should stay small.
setFlagsFromString("--optimize-for-size");

const ports: AgentPorts = { clock: boundedClock(systemClock), random: systemRandom, disk: systemDisk, process: systemProcess, log: say };

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  const asked = readArguments(args);
  if ("fault" in asked) return fail(2, `${asked.fault}\n${USAGE}`);
  if (asked.value.do === "run" || asked.value.do === "once") beProcessOne();
  try {
    return await perform(asked.value);
  } catch (error) {
    if (error instanceof ConfigRefused) return fail(2, error.message);
    if (error instanceof WorldError) return fail(exitCodeOf(error.code), `${error.code}: ${error.message}. ${error.next}.`);
    throw error;
  }
}

async function perform(asked: Asked): Promise<ExitCode> {
  switch (asked.do) {
    case "run":
      return agentRun(asked.config, ports, listen());
    case "once":
      return agentOnce(asked.config, ports, listen());
    case "status":
      process.stdout.write(await agentStatus(asked.config, asked.json, ports));
      return 0;
    case "ask":
      return ask(asked);
  }
}

/** Prints the agent's answer. A refusal is not a fault, but has exit code 1. */
async function ask({ request, config, json }: Extract<Asked, { do: "ask" }>): Promise<ExitCode> {
  const { state } = await readConfig(systemDisk, config);
  const answer = await askAgent(state, request, systemClock, startCommand(resolve(config)));
  if (json) process.stdout.write(writeAnswer(answer));
  else if (answer.ok) process.stdout.write(`${printable(answer.text, 1_000)}\n`);
  else process.stderr.write(`skerry agent: ${answer.reason}: ${printable(answer.text, 1_000)}\n`);
  return answer.ok ? 0 : 1;
}

function beProcessOne(): void {
  const because = superviseAsProcessOne(systemProcess);
  if (because === undefined) return;
  const detail = `as process 1 the agent cannot wait for orphaned processes, so they remain as zombies: ${because}; start the container with an init`;
  say({ level: "warn", event: "process-1", detail });
}

function fail(code: ExitCode, message: string): ExitCode {
  process.stderr.write(`skerry agent: ${message}\n`);
  return code;
}

/** SIGTERM and SIGINT stop the agent after the current step; SIGHUP triggers a poll. */
function listen(): { stop: AbortSignal; onReady: (ask: () => void) => void } {
  const stop = new AbortController();
  let ask = (): void => undefined;
  process.on("SIGTERM", () => stop.abort());
  process.on("SIGINT", () => stop.abort());
  process.on("SIGHUP", () => ask());
  return { stop: stop.signal, onReady: (asker) => (ask = asker) };
}

function say(line: LogLine): void {
  process.stdout.write(`${JSON.stringify({ at: new Date(ports.clock.now()).toISOString(), ...line })}\n`);
}
