import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Disk, WorldError } from "../../core/index.ts";
import type { AgentConfig } from "../../wire/index.ts";

/** Checks the paths that the agent relies on: a user who can change one of them can act as the fleet or as the agent's user. */
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
    `${what}, and the agent would trust what is there`,
    "Run the agent as the owner of the path, or make root or the agent's user its owner, and let nobody else write to it",
  );
}

/** Created for its user alone, because slots may hold confidential data. The start fails when it cannot be created. */
export async function openStateFolder(disk: Disk, path: string): Promise<FileHandle> {
  try {
    if ((await disk.inspect(path)) === undefined) await disk.makeFolder(path, 0o700);
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw unusable(path, error as NodeJS.ErrnoException);
  }
}

/** Throws the error with which a start would end, and creates nothing. */
export async function checkStateFolder(path: string): Promise<void> {
  try {
    await (await open(path, constants.O_RDONLY | constants.O_DIRECTORY)).close();
  } catch (error) {
    // A start creates it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unusable(path, error as NodeJS.ErrnoException);
  }
}

function unusable(path: string, error: NodeJS.ErrnoException): Error {
  const { code, message } = error;
  if (code === undefined) return error;
  const because = `the state folder ${path} cannot be created or opened: ${whyNot(code)} (${message})`;
  return new WorldError("storage-failed", because, NEXT, { cause: error });
}

const NEXT = "Create the folder with mode 0700, owned by the agent's user, and start the agent again";

function whyNot(code: string): string {
  if (code === "EACCES" || code === "EPERM") return "this user has no permission";
  if (code === "ENOTDIR" || code === "EEXIST") return "a path component is not a folder";
  if (code === "EROFS") return "the disk is read-only";
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  return "the operating system reports an error";
}
