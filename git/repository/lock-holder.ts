import { readFileSync, readlinkSync } from "node:fs";
import { systemProcess } from "../../core/index.ts";

/**
 * The process that holds a lock, as one line of text in it: `<pid> <start> <boot> <container>`. A process id alone is not enough: every
 * container has a process 1, and ids are reused. `start` is when the process started (clock ticks since the boot), `boot` is the
 * kernel's id of the boot, `container` its process-id namespace. A system without /proc writes the id alone, as Skerry 0.1.0 did.
 */
export interface LockHolder {
  readonly pid: number;
  readonly start?: string;
  readonly boot?: string;
  readonly container?: string;
}

export function ownSignature(): string {
  const { pid } = systemProcess;
  const start = startOf(pid);
  const boot = tryBoot();
  const container = tryContainer();
  return start === undefined || boot === undefined || container === undefined ? `${pid}\n` : `${pid} ${start} ${boot} ${container}\n`;
}

/** undefined when the lock is not signed yet. */
export function tryHolder(signature: string): LockHolder | undefined {
  const [, pid, start, boot, container] = /^([1-9][0-9]{0,9})(?: ([0-9]+) ([0-9a-f-]+) (\S+))?\n$/.exec(signature) ?? [];
  if (pid === undefined) return undefined;
  return start === undefined || boot === undefined || container === undefined
    ? { pid: Number(pid) }
    : { pid: Number(pid), start, boot, container };
}

/**
 * `unseen`: it runs, or ran, in another container, on another machine, or before this boot, so its state cannot be checked.
 * `since` is when the lock was created, in milliseconds since 1970: the holder cannot be a process that started later.
 */
export function stateOf({ pid, start, boot, container }: LockHolder, since: number): "alive" | "dead" | "unseen" {
  if (start !== undefined) {
    if (boot !== tryBoot() || container !== tryContainer()) return "unseen";
    return startOf(pid) === start ? "alive" : "dead";
  }
  // A process that waits for a lock with its own id does not hold it: a real holder of this version has a full signature.
  if (pid === systemProcess.pid || !exists(pid)) return "dead";
  const started = tryStartTime(pid);
  return started !== undefined && started > since + CLOCK_SLACK_MS ? "dead" : "alive";
}

/** Times of files and of processes come from two clocks of the kernel, and the latter counts in hundredths of a second. */
const CLOCK_SLACK_MS = 2_000;
/** Linux always reports times of processes in this unit. */
const TICKS_PER_SECOND = 100;

/** When a process started, in ticks since the boot; undefined when it has ended, also as a zombie. */
function startOf(pid: number): string | undefined {
  // The command's name is in parentheses and may contain any character. Source: proc_pid_stat(5), fields 3 and 22.
  const fields = tryRead(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function tryStartTime(pid: number): number | undefined {
  const start = startOf(pid);
  const boot = /^btime ([0-9]+)$/m.exec(tryRead("/proc/stat") ?? "")?.[1];
  return start === undefined || boot === undefined ? undefined : (Number(boot) + Number(start) / TICKS_PER_SECOND) * 1000;
}

function tryBoot(): string | undefined {
  return tryRead("/proc/sys/kernel/random/boot_id")?.trim();
}

function tryContainer(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user cannot be signalled, but it exists.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return startOf(pid) !== undefined || tryRead("/proc/self/stat") === undefined;
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
