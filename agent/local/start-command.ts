import { existsSync } from "node:fs";
import { printable } from "../../core/index.ts";

export const DEFAULT_CONFIG = "/etc/skerry/agent.json";

/** How somebody at this box starts the agent and reads its log, as phrases for a next step. */
export interface StartCommand {
  readonly start: string;
  readonly log: string;
}

/** As sd_booted(3): the folder exists exactly when systemd is the init system. A container has none, even with the unit file in its image. */
export function startCommand(configPath = DEFAULT_CONFIG, hasSystemd = existsSync("/run/systemd/system")): StartCommand {
  if (hasSystemd) return { start: "`systemctl start skerry-agent`", log: "`journalctl -u skerry-agent`" };
  const config = configPath === DEFAULT_CONFIG ? "" : ` --config ${printable(configPath)}`;
  return { start: `\`skerry agent run${config}\``, log: "the output of `skerry agent run`" };
}
