import { type Disk, printable } from "../core/index.ts";
import { type AgentConfig, readAgentConfig } from "../wire/index.ts";
import { placedConfig } from "./local/config-paths.ts";
import { tryRead } from "./store/durable.ts";

const CONFIG_BYTES = 1_000_000;
const PATH_LENGTH = 1_000;

/** agent.json is missing or faulty. Reported with the field and without a stack. */
export class ConfigRefused extends Error {}

export async function readConfig(disk: Disk, path: string): Promise<AgentConfig> {
  const bytes = await readingFile(disk, path);
  if (bytes === undefined)
    throw new ConfigRefused(
      `${path} does not exist; give this box's agent.json with --config, or create it in the office with \`skerry agent bundle <site>\``,
    );
  const read = readAgentConfig(bytes);
  const placed = "fault" in read ? read : placedConfig(read.value, path);
  if ("fault" in placed) throw new ConfigRefused(faultText(path, placed.fault.split("\n")));
  return placed.value;
}

function faultText(path: string, faults: readonly string[]): string {
  if (faults.length === 1) return `${printable(path, PATH_LENGTH)}: ${faults[0]}`;
  return `${printable(path, PATH_LENGTH)} has several problems:\n${faults.map((fault) => `  ${fault}`).join("\n")}`;
}

async function readingFile(disk: Disk, path: string): Promise<Buffer | undefined> {
  try {
    return await tryRead(disk, path, CONFIG_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EFBIG") throw new ConfigRefused(`${path} is larger than an agent.json may be (${CONFIG_BYTES} bytes)`);
    if (code === "EINVAL") throw new ConfigRefused(`${path} is not a regular file; give the agent.json of this box with --config`);
    if (code === "ENOTDIR") throw new ConfigRefused(`a parent of ${path} is not a folder; give this box's agent.json with --config`);
    if (code === "ELOOP") throw new ConfigRefused(`${path} is a broken symbolic link; give this box's agent.json with --config`);
    if (code === "EISDIR") throw new ConfigRefused(`${path} is a folder; give the agent.json in it`);
    if (code === "EACCES") throw new ConfigRefused(`this user may not read ${path}; run as the agent's user or as root`);
    throw error;
  }
}
