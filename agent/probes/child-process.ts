import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock, ProcessPort } from "../../core/index.ts";

export interface CommandLimits {
  readonly timeoutMs: number;
  /** The command is killed when it prints more to stdout; 0: its output is not read. Of stderr the last part is kept. */
  readonly outputBytesMax: number;
  readonly signal?: AbortSignal;
}

export type CommandEnd =
  | { readonly end: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** By somebody else: not for its time, its output or the agent's signal. */
  | { readonly end: "killed"; readonly by: string }
  /** `code` is the operating system's error code, e.g. ENOENT. */
  | { readonly end: "not-started"; readonly code: string }
  | { readonly end: "timed-out" | "stopped" | "too-much-output" };

export interface Command {
  readonly end: Promise<CommandEnd>;
  /** Resolves when the process has exited. That can be after `end`: a process in uninterruptible disk wait cannot be killed. */
  readonly gone: Promise<void>;
}

/** Wait after SIGTERM, and again after SIGKILL. */
const GRACE_MS = 2_000;
const STDERR_BYTES = 16_384;

/**
 * Starts a program without a shell, in its own process group and with a minimal environment, because the agent's own may hold credentials.
 * Processes that the program leaves in its group are killed too.
 */
export function startCommand(argv: readonly string[], limits: CommandLimits, clock: Clock, environment: ProcessPort): Command {
  if (limits.signal?.aborted) return ended({ end: "stopped" });
  try {
    const print = limits.outputBytesMax > 0 ? "pipe" : "ignore";
    const child = spawn(argv[0] as string, argv.slice(1), {
      cwd: "/",
      detached: true,
      env: environmentOf(environment),
      stdio: ["ignore", print, print],
    });
    const exit = new Promise<CommandEnd>((resolve) => {
      child.once("exit", (code, by) => resolve(code === null ? { end: "killed", by: by as string } : exited(code)));
      child.once("error", (error: NodeJS.ErrnoException) => resolve({ end: "not-started", code: error.code ?? "unknown" }));
    });
    return { end: follow(child, exit, limits, clock), gone: exit.then(() => undefined) };
  } catch (error) {
    // Some operating system errors (ENOMEM, E2BIG) are thrown; an exception without `syscall` is a bug.
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    return ended({ end: "not-started", code: code ?? "unknown" });
  }
}

async function follow(child: ChildProcess, exit: Promise<CommandEnd>, limits: CommandLimits, clock: Clock): Promise<CommandEnd> {
  const over = new AbortController();
  const stdout = new Output(child.stdout, limits.outputBytesMax);
  const stderr = new Output(child.stderr, STDERR_BYTES);
  try {
    const first = await Promise.race([
      exit,
      clock.sleep(limits.timeoutMs, over.signal).then(() => ({ end: "timed-out" as const })),
      stdout.over(limits.outputBytesMax).then(() => ({ end: "too-much-output" as const })),
      aborted(limits.signal, over.signal).then(() => ({ end: "stopped" as const })),
    ]);
    if (first.end === "not-started") return first;
    if (first.end !== "exited" && first.end !== "killed") await endGroup(child, exit, clock, over.signal);
    else signalGroup(child, "SIGKILL");
    if (first.end !== "exited") return first;
    // A child that left the group may keep the pipe open forever.
    await Promise.race([Promise.all([stdout.closed, stderr.closed]), clock.sleep(GRACE_MS, over.signal)]);
    if (stdout.bytes > limits.outputBytesMax) return { end: "too-much-output" };
    return { ...first, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    over.abort();
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
  }
}

async function endGroup(child: ChildProcess, exit: Promise<CommandEnd>, clock: Clock, over: AbortSignal): Promise<void> {
  signalGroup(child, "SIGTERM");
  await Promise.race([exit, clock.sleep(GRACE_MS, over)]);
  signalGroup(child, "SIGKILL");
  await Promise.race([exit, clock.sleep(GRACE_MS, over)]);
}

/** The group id is not reused while the group has a member, so this cannot hit other processes, even after the leader has exited. */
function signalGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-(pid as number), signal);
  } catch (error) {
    // ESRCH: all have exited. EPERM: the remaining ones run as another user.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** Keeps the end of the output, and counts all of it. */
class Output {
  bytes = 0;
  readonly closed: Promise<void>;
  readonly #stream: Readable | null;
  readonly #kept: Buffer[] = [];
  #dropped = 0;

  constructor(stream: Readable | null, keptBytes: number) {
    this.#stream = stream;
    this.closed = stream === null ? Promise.resolve() : new Promise((resolve) => void stream.once("close", () => resolve()));
    stream?.on("data", (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.#kept.push(chunk);
      while (this.#kept.length > 1 && this.bytes - this.#dropped - (this.#kept[0] as Buffer).length > keptBytes)
        this.#dropped += (this.#kept.shift() as Buffer).length;
    });
    // A broken pipe ends the output.
    stream?.on("error", () => stream.destroy());
  }

  over(bytesMax: number): Promise<void> {
    return new Promise((resolve) => this.#stream?.on("data", () => void (this.bytes > bytesMax && resolve())));
  }

  text(): string {
    return Buffer.concat(this.#kept).toString("utf8");
  }
}

function aborted(signal: AbortSignal | undefined, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true, signal: over }));
}

function exited(code: number): CommandEnd {
  return { end: "exited", code, stdout: "", stderr: "" };
}

function ended(end: CommandEnd): Command {
  return { end: Promise.resolve(end), gone: Promise.resolve() };
}

function environmentOf(environment: ProcessPort): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const name of ["PATH", "HOME", "LANG"]) {
    const value = environment.env(name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
