import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Resource usage of a process and its descendants. */
export interface TreeUse {
  /** CPU time of running processes and of ended ones that were waited for. */
  readonly cpuMs: number;
  /** Anonymous memory: heap and stacks. */
  readonly memoryBytes: number;
}

/** Linux reports CPU time in /proc in hundredths of a second. */
const TICK_MS = 10;
const PROCESSES_MAX = 200;

/** Current usage of `leader`, which leads a process group, and its descendants; zero when all have ended. */
export function useOf(leader: number): TreeUse {
  const members = existsSync("/proc/thread-self/children") ? descendants(leader) : groupOf(leader);
  const uses = members.map((pid) => useOfOne(pid));
  return {
    cpuMs: uses.reduce((sum, use) => sum + use.cpuMs, 0),
    memoryBytes: uses.reduce((sum, use) => sum + use.memoryBytes, 0),
  };
}

function descendants(leader: number): number[] {
  const members = [leader];
  for (let index = 0; index < members.length && members.length < PROCESSES_MAX; index++)
    members.push(...childrenOf(members[index] as number));
  return members;
}

function childrenOf(pid: number): number[] {
  const threads = tryProc(() => readdirSync(`/proc/${pid}/task`)) ?? [];
  const lists = threads.map((thread) => tryProc(() => readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1")) ?? "");
  return lists.flatMap((list) => list.split(" ").filter((text) => text !== "")).map(Number);
}

/** For kernels that do not list children: all processes of the group. */
function groupOf(leader: number): number[] {
  const pids = (tryProc(() => readdirSync("/proc")) ?? []).filter((name) => /^[0-9]+$/.test(name)).map(Number);
  return pids.filter((pid) => statOf(pid)?.[2] === String(leader)).slice(0, PROCESSES_MAX);
}

function useOfOne(pid: number): TreeUse {
  const stat = statOf(pid);
  const status = tryProc(() => readFileSync(`/proc/${pid}/status`, "latin1")) ?? "";
  // utime, stime, and the same of children that were waited for: fields 14 to 17 of proc_pid_stat(5).
  const ticks = (stat ?? []).slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
  return { cpuMs: ticks * TICK_MS, memoryBytes: Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024 };
}

/** The fields of `stat` from the third on: the second, a name in parentheses, may contain any character. */
function statOf(pid: number): string[] | undefined {
  const text = tryProc(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** A process may end between two reads. */
function tryProc<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
