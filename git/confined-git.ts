import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** What one git process may use. The kernel holds the limits, so a bomb dies in git and not in the agent. */
export interface GitLimits {
  /** Largest file that git may write: the pack. */
  readonly fileBytes: number;
  /** Address space of each process; index-pack expands deltas in memory. */
  readonly memoryBytes: number;
  /** Work of each process: a few bytes of deltas expand to hours of copying. */
  readonly cpuSeconds: number;
}

export interface GitExit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** POSIX counts `ulimit -f` in blocks of this size. */
const BLOCK_BYTES = 512;

// An ignored SIGXFSZ turns a pack that is too large into an error that git can tell, instead of a death without a word.
// `ulimit` may be refused where a lower hard limit stands already: that one is at least as good, so git starts all the same.
const SCRIPT = 'trap "" XFSZ; ulimit -f "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; ulimit -t "$3" 2>/dev/null; shift 3; exec git "$@"';

/**
 * Starts git through `sh`, which sets the limits and becomes git. The child leads a process group of its own, so that
 * `endConfined` reaches git's own children (git-remote-https, index-pack) too.
 */
export function startConfined(
  args: readonly string[],
  environment: Record<string, string>,
  limits: GitLimits,
): ChildProcessWithoutNullStreams {
  const blocks = String(Math.ceil(limits.fileBytes / BLOCK_BYTES));
  const kilobytes = String(Math.ceil(limits.memoryBytes / 1024));
  return spawn("/bin/sh", ["-c", SCRIPT, "sh", blocks, kilobytes, String(limits.cpuSeconds), ...args], {
    env: environment,
    detached: true,
    stdio: "pipe",
  });
}

/** Kills the whole process group; one that is gone already is no fault. */
export function endConfined(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Largest piece of a child's words that is kept; a hostile server can make git talk for ever. */
const WORDS_MAX = 65_536;

/** Runs git to its end, or until `signal` is aborted. Never rejects because git failed: the caller reads code and words. */
export function runConfined(
  args: readonly string[],
  environment: Record<string, string>,
  limits: GitLimits,
  signal?: AbortSignal,
): Promise<GitExit> {
  return new Promise((resolve, reject) => {
    const child = startConfined(args, environment, limits);
    const words = { stdout: "", stderr: "" };
    const abort = (): void => endConfined(child);
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        if (words[stream].length < WORDS_MAX) words[stream] += text.slice(0, WORDS_MAX - words[stream].length);
      });
    }
    child.stdin.on("error", () => undefined).end();
    child.on("error", reject);
    child.on("close", (code, death) => {
      signal?.removeEventListener("abort", abort);
      resolve({ code: code ?? (death === null ? 1 : 128), ...words });
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
