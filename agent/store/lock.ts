import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Disk, WorldError } from "../../core/index.ts";

/** Seconds to wait: `agent status` holds the lock for a moment, and a stopping agent needs a little time. */
const WAIT_SECONDS = 2;

/** flock's exit code for "already locked"; any other but 0 is a fault. */
const TAKEN = 4;

/**
 * Locks `<state>/lock` for as long as the returned handle is open (A26). util-linux `flock` locks the open file description that it inherits
 * and exits; the lock stays with this process's descriptor, and the kernel releases it when the process ends, however it ends. Node sets
 * close-on-exec on the descriptor, so no other child process can keep it.
 */
export async function lockState(stateFolder: string): Promise<FileHandle> {
  const path = join(stateFolder, "lock");
  const handle = await openLock(path);
  const code = await flock(handle, ["--exclusive", "--timeout", String(WAIT_SECONDS)]);
  if (code === 0 && (await isStillAt(path, handle))) return handle;
  await handle.close();
  if (code === 0)
    throw new WorldError(
      "storage-failed",
      `${path} was replaced while it was being locked`,
      "Make sure that nothing but the agent changes the state folder",
    );
  if (code === TAKEN)
    throw new WorldError(
      "standby",
      `another agent runs with the state folder ${stateFolder}`,
      "Stop it first, or use `skerry agent status`",
    );
  throw new WorldError(
    "storage-failed",
    `flock could not lock ${path} (exit code ${code})`,
    "Put the state folder on a file system that supports locks",
  );
}

/** A symbolic link would lock another file than the other agent does, and pipes and devices cannot be locked reliably. */
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
  return new WorldError("storage-failed", `${path} is not a regular file`, "Stop the agent, remove the file, and start the agent again");
}

/** Throws the error with which a start would end before it waits for the lock. */
export async function checkLockFile(stateFolder: string, disk: Disk): Promise<void> {
  const path = join(stateFolder, "lock");
  const entry = await disk.inspect(path);
  if (entry !== undefined && entry.kind !== "file") throw noFile(path);
}

/** A folder that was removed and created again has another lock file, which another process may hold. */
async function isStillAt(path: string, handle: FileHandle): Promise<boolean> {
  const [there, held] = await Promise.all([stat(path).catch(() => undefined), handle.stat()]);
  return there?.ino === held.ino && there.dev === held.dev;
}

/** Whether an agent runs with this folder. Creates nothing, and delays a starting agent by milliseconds at most. */
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
    // Descriptor 3 of the child is this handle.
    const child = spawn("flock", ["--conflict-exit-code", String(TAKEN), ...options, "3"], {
      stdio: ["ignore", "ignore", "ignore", handle.fd],
    });
    child.on("error", (error) => {
      reject(new WorldError("storage-failed", `flock could not be started: ${error.message}`, "Install util-linux", { cause: error }));
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}
