import { spawn } from "node:child_process";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { WorldError } from "../../core/index.ts";

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
  // Slots may hold what not every user of the box should read.
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const path = join(stateFolder, "lock");
  const handle = await open(path, "a", 0o600);
  const code = await flock(handle, ["--exclusive", "--timeout", String(WAIT_SECONDS)]);
  if (code === 0) return handle;
  await handle.close();
  if (code === TAKEN)
    throw new WorldError("standby", `another agent works in ${stateFolder}`, "Stop it first, or look at `skerry agent status`");
  throw new WorldError(
    "storage-failed",
    `flock could not lock ${path} (exit code ${code})`,
    "Keep the state folder on a file system with locks",
  );
}

/** Whether an agent works in this folder. Nothing is created, and the look costs the agent nothing but a wait of milliseconds. */
export async function isLocked(stateFolder: string): Promise<boolean> {
  const handle = await open(join(stateFolder, "lock"), "r").catch((error: NodeJS.ErrnoException) => {
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
