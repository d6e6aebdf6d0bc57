import { parseArgs } from "node:util";
import type { Read } from "../core/index.ts";
import { type ControlRequest, isSentence, PAUSE_SECONDS_MAX } from "./control/request.ts";
import { DEFAULT_CONFIG } from "./local/start-command.ts";

/** A parsed command line. `ask` is sent to the running agent; the others need none. */
export type Asked =
  | { readonly do: "run" | "once"; readonly config: string }
  | { readonly do: "status"; readonly config: string; readonly json: boolean }
  | { readonly do: "ask"; readonly request: ControlRequest; readonly config: string; readonly json: boolean };

export const USAGE = `usage: skerry-agent run|once                          [--config /etc/skerry/agent.json]
       skerry-agent status|poll|resume|retry|fallback [--config ...] [-o json]
       skerry-agent pause --for 90m|2h|1d --why <text> [--config ...] [-o json]`;

const COMMANDS = ["run", "once", "status", "poll", "pause", "resume", "retry", "fallback"] as const;
type Command = (typeof COMMANDS)[number];

const config = { type: "string", default: DEFAULT_CONFIG } as const;
const output = { type: "string", short: "o", default: "text" } as const;
const pauseOptions = { for: { type: "string" }, why: { type: "string" } } as const;

export function readArguments([word = "", ...rest]: readonly string[]): Read<Asked> {
  if (!isCommand(word)) return { fault: "the command is missing or unknown" };
  try {
    return word === "run" || word === "once" ? work(word, rest) : word === "pause" ? pause(rest) : talk(word, rest);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("ERR_PARSE_ARGS_")) throw error;
    // The other lines are advice about dashes.
    return { fault: message.split("\n")[0] as string };
  }
}

function isCommand(word: string): word is Command {
  return (COMMANDS as readonly string[]).includes(word);
}

function work(command: "run" | "once", args: string[]): Read<Asked> {
  return { value: { do: command, config: parseArgs({ args, options: { config } }).values.config } };
}

function talk(command: Exclude<Command, "run" | "once" | "pause">, args: string[]): Read<Asked> {
  const { values } = parseArgs({ args, options: { config, output } });
  const json = readOutput(values.output);
  if ("fault" in json) return json;
  const said = { config: values.config, json: json.value };
  return { value: command === "status" ? { do: "status", ...said } : { do: "ask", request: { do: command }, ...said } };
}

function pause(args: string[]): Read<Asked> {
  const { values } = parseArgs({ args, options: { config, output, ...pauseOptions } });
  const json = readOutput(values.output);
  if ("fault" in json) return json;
  const seconds = tryDuration(values.for ?? "");
  if (seconds === undefined) return { fault: "--for must be a time such as 90m, 2h or 1d, and at most one day" };
  // A person who finds a paused site at 3 a.m. must not have to guess the reason.
  const why = values.why ?? "";
  if (!isSentence(why)) return { fault: "--why must give the reason for the pause in one line of at most 500 characters" };
  return { value: { do: "ask", request: { do: "pause", seconds, why }, config: values.config, json: json.value } };
}

function readOutput(text: string): Read<boolean> {
  return text === "json" || text === "text" ? { value: text === "json" } : { fault: "--output must be text or json" };
}

const SECONDS = { m: 60, h: 3_600, d: 86_400 } as const;

function tryDuration(text: string): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,3})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS];
  return seconds <= PAUSE_SECONDS_MAX ? seconds : undefined;
}
