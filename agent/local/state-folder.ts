import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Disk, WorldError } from "../../core/index.ts";
import type { AgentConfig } from "../../wire/index.ts";

/** What the agent stands on: whoever could change one of these would speak for the fleet, or as the agent's user. */
export async function checkPlaces(config: AgentConfig, configPath: string, disk: Disk): Promise<void> {
  const places = [
    ["agent.json", configPath],
    ["`trust`", config.trust],
    ["`state`", config.state],
    ...(config.images === undefined ? [] : [["`images.containerd.socket`", config.images.containerd.socket]]),
  ] as const;
  for (const [name, path] of places) {
    const because = await disk.pathFault(path as string);
    if (because !== undefined) throw unsafe(`${name}, ${path}: ${because}`);
  }
  await checkReport(config, disk);
}

/** A report is renamed into its place, so a device or a folder there would be replaced or in the way. The state folder is the agent's own. */
async function checkReport({ report: path, state }: AgentConfig, disk: Disk): Promise<void> {
  if (path.startsWith(`${state}/`)) return;
  const entry = await disk.inspect(path);
  if (entry === undefined || entry.kind === "file" || entry.kind === "link") return;
  throw new WorldError("storage-failed", `\`report\`, ${path}, is not a regular file`, "Name a file of its own in `report` of agent.json");
}

function unsafe(what: string): WorldError {
  return new WorldError(
    "unsafe-path",
    `${what}, and the agent would believe what it finds there`,
    "Run the agent as the user whom the path belongs to, or give the path to root or to the agent's user, with write rights for nobody else",
  );
}

/** Made for nobody but its user, because slots may hold what not everybody should read. A folder that cannot be made ends the start. */
export async function openStateFolder(disk: Disk, path: string): Promise<FileHandle> {
  try {
    if ((await disk.inspect(path)) === undefined) await disk.makeFolder(path, 0o700);
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new WorldError("storage-failed", `the state folder ${path} cannot be made or opened: ${whyNot(code)} (${message})`, NEXT, {
      cause: error,
    });
  }
}

const NEXT = "Make the folder, give it to the agent's user with mode 0700, and start the agent again";

function whyNot(code: string): string {
  if (code === "EACCES" || code === "EPERM") return "this user may not";
  if (code === "ENOTDIR" || code === "EEXIST") return "something that is no folder is in the way";
  if (code === "EROFS") return "the disk is read-only";
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  return "the system refuses";
}
