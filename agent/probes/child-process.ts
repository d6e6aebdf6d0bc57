import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Clock, ProcessPort } from "../../core/index.ts";

export interface CommandLimits {
  readonly timeoutMs: number;
  /** The command is ended when it prints more to stdout; 0: nothing that it prints is read. Of stderr the end is kept. */
  readonly outputBytesMax: number;
  readonly signal?: AbortSignal;
}

export type CommandEnd =
  | { readonly end: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** By somebody else: not for its time, its output or our signal. */
  | { readonly end: "killed"; readonly by: string }
  /** `code` is the system's word, e.g. ENOENT. */
  | { readonly end: "not-started"; readonly code: string }
  | { readonly end: "timed-out" | "stopped" | "too-much-output" };

export interface Command {
  readonly end: Promise<CommandEnd>;
  /** When the process is no more. After `end` this can still be open: a process that waits for a dead disk takes no signal. */
  readonly gone: Promise<void>;
}

/** Between SIGTERM and SIGKILL, and again until the process is left to the kernel. */
const GRACE_MS = 2_000;
const STDERR_BYTES = 16_384;

/**
 * Starts a program without a shell, in its own process group and with next to no environment: what the agent was started with may hold
 * credentials. Whatever the program leaves in its group is ended with it.
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
    // Some of the system's refusals (ENOMEM, E2BIG) come as exceptions; one without `syscall` is a bug of ours.
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
    // A child that left the group may hold the pipe open for ever.
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

/** The leader's id stays the group's for as long as anybody is in it, so this meets nobody else even after the leader has gone. */
function signalGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-(pid as number), signal);
  } catch (error) {
    // ESRCH: all have gone. EPERM: what is left has taken another user's rights, and is not ours to end.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** Keeps the end of what is printed, and counts all of it. */
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
    // A pipe that breaks ends: what came so far is all there is.
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
