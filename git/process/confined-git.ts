import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { GitLimits } from "./git-limits.ts";
import { GitTrace } from "./git-trace.ts";
import type { PollBudget } from "./poll-budget.ts";

/** Environment and limits of a git process. `GIT_EXEC_PATH` is the folder with the only programs that it may start. */
export interface Confinement {
  readonly environment: Record<string, string>;
  readonly limits: GitLimits;
}

export interface GitExit {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of it. It may contain a server's output, so it is only shown. */
  readonly stderr: string;
  readonly trace: GitTrace;
}

export interface ConfinedGit {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** trace2 events, as text; `trace` reads them too. */
  readonly events: Readable;
  readonly trace: GitTrace;
  /** Kills the whole process group, if it still exists. */
  readonly end: () => void;
}

/** POSIX counts `ulimit -f` in blocks of this size. */
const BLOCK_BYTES = 512;

// With SIGXFSZ ignored, git reports an error for a pack that is too large, instead of being killed without a message.
// `ulimit` fails where a lower hard limit is set, which is at least as strict, so git starts all the same.
const SCRIPT =
  'trap "" XFSZ; ulimit -f "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; ulimit -t "$3" 2>/dev/null; shift 3; exec "$GIT_EXEC_PATH/git" "$@"';

/** The budget checks and kills the whole group; the kernel's limit for each process is a little higher, as a second line. */
const CPU_SECONDS_MORE = 2;

/** git writes its trace2 events there. */
const TRACE_FD = 3;

/**
 * Starts git through `sh`, which sets the limits and execs git. The child leads its own process group, so that `end` also kills git's children
 * (git-remote-https, index-pack).
 */
export function startConfined(args: readonly string[], { environment, limits }: Confinement, budget: PollBudget): ConfinedGit {
  const seconds = budget.cpuSecondsLeft + CPU_SECONDS_MORE;
  const numbers = [Math.ceil(limits.fileBytes / BLOCK_BYTES), Math.ceil(limits.addressBytes / 1024), seconds];
  const child = spawn("/bin/sh", ["-c", SCRIPT, "sh", ...numbers.map(String), ...args], {
    env: { ...environment, GIT_TRACE2_EVENT: String(TRACE_FD), GIT_TRACE2_EVENT_BRIEF: "1", GIT_TRACE2_EVENT_NESTING: "9" },
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const [stdin, stdout, stderr, events] = child.stdio as readonly unknown[] as [Writable, Readable, Readable, Readable];
  const trace = new GitTrace();
  events.setEncoding("utf8").on("data", (text: string) => trace.add(text));
  stdin.on("error", () => undefined);
  return { child, stdin, stdout, stderr, events, trace, end: () => endGroup(child) };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Enough for the last messages; a hostile server can make git write endlessly. */
const STDERR_CHARS_MAX = 4_096;

/** The signals with which the kernel enforces limits, with their numbers on all platforms of Node. */
export const KERNEL_SIGNALS = { SIGKILL: 9, SIGXCPU: 24, SIGXFSZ: 25 } as const;

/**
 * Runs git until it exits, a limit of the poll is reached, or the agent is stopped. Does not reject when git fails: the caller checks the
 * budget, then the exit. `received` returns the size of the received part of a pack.
 */
export function runConfined(
  args: readonly string[],
  confinement: Confinement,
  budget: PollBudget,
  received?: () => number,
): Promise<GitExit> {
  return new Promise((resolve, reject) => {
    const git = startConfined(args, confinement, budget);
    let words = "";
    let messageBytes = 0;
    const count = (text: string): void => {
      messageBytes += text.length;
      if (messageBytes > confinement.limits.messageBytes) budget.exceedMessages(git.end);
    };
    git.stdout.resume();
    git.stderr.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-STDERR_CHARS_MAX);
      count(text);
    });
    git.events.on("data", count);
    git.stdin.end();
    const unwatch = budget.watch({ pid: git.child.pid, end: git.end, signal: budget.signal, received });
    git.child.on("error", (error) => {
      unwatch();
      reject(error);
    });
    const isClosed = new AbortController();
    git.child.on("exit", () => void letGoOfPipes(git, budget, isClosed.signal));
    git.child.on("close", (code, signal) => {
      isClosed.abort();
      unwatch();
      resolve({ code, signal, stderr: words, trace: git.trace });
    });
  });
}

/** git's last messages are read within milliseconds; a machine under load needs longer. */
const PIPES_MS = 5_000;

/** A process that ssh left behind in a session of its own may hold the pipes for ever: then nothing of git is waited for. */
async function letGoOfPipes(git: ConfinedGit, budget: PollBudget, isClosed: AbortSignal): Promise<void> {
  git.end();
  await budget.sleep(PIPES_MS, isClosed);
  for (const pipe of [git.stdout, git.stderr, git.events]) pipe.destroy();
}

/** Whether a signal ended git, or one of the processes that it started once there was a pack to work on. */
export function endedBy({ signal: own, trace }: GitExit, signal: keyof typeof KERNEL_SIGNALS): boolean {
  const death = ` died of signal ${KERNEL_SIGNALS[signal]}`;
  return (
    own === signal ||
    trace.errors.some(({ format, text, phase }) => phase === "objects" && format === "%s died of signal %d" && text.endsWith(death))
  );
}
