import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { WorldError } from "../../core/index.ts";
import { type GitSetting, gitEnvironment } from "./environment.ts";
import { redact } from "./redaction.ts";

export interface GitCall {
  readonly args: readonly string[];
  /** git's working folder; for a bare repository its own folder. */
  readonly folder: string;
  /** `sealed` by default. */
  readonly setting?: GitSetting;
  readonly signal?: AbortSignal;
  /** Time limit of the call, after which git is killed. Without it there is no limit. */
  readonly timeoutMs?: number;
}

/** A running git with binary streams. The caller awaits `done` or calls `kill` on every path. */
export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Rejects with a `WorldError` with git's own message when git cannot start or does not exit with 0. */
  readonly done: Promise<void>;
  kill(): void;
}

/** Enough of git's last output to find the cause; a server can send any amount. */
const STDERR_CHARS_MAX = 8_000;

export function startGit(call: GitCall): GitProcess {
  const child = spawn("git", [...call.args], {
    cwd: call.folder,
    env: gitEnvironment(call.setting ?? "sealed"),
    stdio: ["pipe", "pipe", "pipe"],
    ...(call.signal ? { signal: call.signal } : {}),
    ...(call.timeoutMs === undefined ? {} : { timeout: call.timeoutMs, killSignal: "SIGKILL" }),
  });
  const done = outcome(child, call);
  // A git that exits early closes its stdin; `done` reports the cause, so EPIPE itself can be ignored.
  child.stdin.on("error", () => undefined);
  done.catch(() => undefined);
  return { stdin: child.stdin, stdout: child.stdout, done, kill: () => void child.kill("SIGKILL") };
}

/** Runs git and returns what it wrote to stdout, byte for byte. */
export async function runGit(call: GitCall & { readonly input?: Uint8Array | string }): Promise<Buffer> {
  const git = startGit(call);
  const chunks: Buffer[] = [];
  git.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  git.stdin.end(call.input ?? "");
  await git.done;
  return Buffer.concat(chunks);
}

/** An ordinary call with text in and text out, through simple-git, which is loaded only now (20 ms). */
export async function gitText(call: GitCall): Promise<string> {
  const { simpleGit } = await import("simple-git");
  const env = gitEnvironment(call.setting ?? "sealed");
  // The environment is already an allow-list, so everything that simple-git would remove is allowed explicitly.
  const options = {
    baseDir: call.folder,
    allowEnvironment: Object.keys(env),
    unsafe: { allowUnsafeConfigPaths: true, allowUnsafeConfigEnvCount: true, allowUnsafeSshCommand: true, allowUnsafeAskPass: true },
    ...(call.signal ? { abort: call.signal } : {}),
    ...(call.timeoutMs === undefined ? {} : { timeout: { block: call.timeoutMs } }),
  };
  try {
    return await simpleGit(options)
      .env(env)
      .raw([...call.args]);
  } catch (error) {
    throw gitFailed(call, (error as Error).message, error);
  }
}

function outcome(child: ChildProcessByStdio<Writable, Readable, Readable>, call: GitCall): Promise<void> {
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-STDERR_CHARS_MAX);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? gitMissing(call, error) : gitFailed(call, error.message, error)),
    );
    // A killed git may leave a child (ssh) that keeps the pipes open; its output is not awaited.
    child.on("exit", (_, signal) => {
      if (!signal) return;
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      reject(gitFailed(call, output.trim() || `killed by ${signal}`));
    });
    child.on("close", (code) => (code === 0 ? resolve() : reject(gitFailed(call, output.trim() || `exit code ${code}`))));
  });
}

// A missing working folder and a missing git have the same errno.
function gitMissing(call: GitCall, cause: Error): WorldError {
  return new WorldError(
    "git-missing",
    `git could not be started in ${call.folder}`,
    "install git 2.36 or newer, and check that the folder exists",
    { cause },
  );
}

function gitFailed(call: GitCall, output: string, cause?: unknown): WorldError {
  const words = redact(output.trim());
  const next = `run it again to see whether the error persists: git -C ${call.folder} ${redact(shortArgs(call.args))}`;
  return new WorldError("git-failed", `git ${verb(call.args)}: ${words}`, next, cause === undefined ? {} : { cause });
}

function verb(args: readonly string[]): string {
  const index = args.findIndex((arg, at) => !arg.startsWith("-") && args[at - 1] !== "-c" && args[at - 1] !== "-C");
  return args[index] ?? args.join(" ");
}

function shortArgs(args: readonly string[]): string {
  const text = args.join(" ");
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}
