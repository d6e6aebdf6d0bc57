import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Disk, WorldError } from "../../core/index.ts";

/** Seconds to wait: `agent status` looks at the lock for a moment, and an agent that was told to end needs a little. */
const WAIT_SECONDS = 2;

/** flock's own exit code for "somebody else has it"; any other but 0 is a fault. */
const TAKEN = 4;

/**
 * Locks `<state>/lock` for as long as the returned handle is open (A26). util-linux `flock` locks the file description that it inherits
 * and ends; the lock stays with our descriptor, and the kernel drops it when this process dies, however it dies. Node marks the
 * descriptor close-on-exec, so no other child of ours can keep it.
 */
export async function lockState(stateFolder: string): Promise<FileHandle> {
  const path = join(stateFolder, "lock");
  const handle = await openLock(path);
  const code = await flock(handle, ["--exclusive", "--timeout", String(WAIT_SECONDS)]);
  if (code === 0 && (await isStillAt(path, handle))) return handle;
  await handle.close();
  if (code === 0)
    throw new WorldError("storage-failed", `${path} was replaced while it was being locked`, "Leave the state folder to the agent");
  if (code === TAKEN)
    throw new WorldError("standby", `another agent works in ${stateFolder}`, "Stop it first, or look at `skerry agent status`");
  throw new WorldError(
    "storage-failed",
    `flock could not lock ${path} (exit code ${code})`,
    "Keep the state folder on a file system with locks",
  );
}

/** A link would lock what another agent does not, and a pipe or a device has no lock that lasts. */
async function openLock(path: string): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ELOOP" || error.code === "EISDIR" || error.code === "ENXIO") return undefined;
    throw error;
  });
  if (handle !== undefined && (await handle.stat()).isFile()) return handle;
  await handle?.close();
  throw noFile(path);
}

function noFile(path: string): WorldError {
  return new WorldError("storage-failed", `${path} is no regular file`, "Stop the agent, remove it, and start the agent again");
}

/** Throws what an agent would end with at its start, before it waits for the lock. */
export async function checkLockFile(stateFolder: string, disk: Disk): Promise<void> {
  const path = join(stateFolder, "lock");
  const entry = await disk.inspect(path);
  if (entry !== undefined && entry.kind !== "file") throw noFile(path);
}

/** A folder that was taken away and made anew has another lock, which somebody else may hold. */
async function isStillAt(path: string, handle: FileHandle): Promise<boolean> {
  const [there, held] = await Promise.all([stat(path).catch(() => undefined), handle.stat()]);
  return there?.ino === held.ino && there.dev === held.dev;
}

/** Whether an agent works in this folder. Nothing is created, and the look costs the agent nothing but a wait of milliseconds. */
export async function isLocked(stateFolder: string): Promise<boolean> {
  const handle = await open(join(stateFolder, "lock"), constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    return (await flock(handle, ["--shared", "--nonblock"])) === TAKEN;
  } finally {
    await handle.close();
  }
}

function flock(handle: FileHandle, options: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // The child's descriptor 3 is ours.
    const child = spawn("flock", ["--conflict-exit-code", String(TAKEN), ...options, "3"], {
      stdio: ["ignore", "ignore", "ignore", handle.fd],
    });
    child.on("error", (error) => {
      reject(new WorldError("storage-failed", `flock could not be started: ${error.message}`, "Install util-linux", { cause: error }));
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}
