import type { Clock, ProcessPort } from "../../core/index.ts";
import { type CommandEnd, type CommandLimits, startCommand } from "../probes/child-process.ts";

export type ToolAnswer =
  | { readonly did: "answer"; readonly stdout: string }
  /** `stderr` must not appear in any output: it may hold credentials. */
  | { readonly did: "refuse"; readonly stdout: string; readonly stderr: string; readonly why: string }
  /** The box has no such tool, or containerd does not answer. */
  | { readonly did: "nothing"; readonly why: string };

/** Lists of some hundred images are far smaller. */
const OUTPUT_BYTES = 16_000_000;
const TIMEOUT_MS = 60_000;
/** containerd itself aborts a pull without progress for five minutes; this ends one that is very slow. */
const PULL_TIMEOUT_MS = 3_600_000;

/** The two clients of containerd, as separate programs or inside the k3s binary. */
export class BoxTools {
  readonly #socket: string;
  readonly #clock: Clock;
  readonly #environment: ProcessPort;

  constructor(socket: string, clock: Clock, environment: ProcessPort) {
    this.#socket = socket;
    this.#clock = clock;
    this.#environment = environment;
  }

  /** The container runtime interface: images as the kubelet sees them. */
  crictl(args: readonly string[]): Promise<ToolAnswer> {
    return this.#run("crictl", [...this.#runtime(), ...args], { timeoutMs: TIMEOUT_MS, outputBytesMax: OUTPUT_BYTES });
  }

  pull(image: string, signal: AbortSignal): Promise<ToolAnswer> {
    const limits = { timeoutMs: PULL_TIMEOUT_MS, outputBytesMax: OUTPUT_BYTES, signal };
    return this.#run("crictl", [...this.#runtime(), "pull", image], limits);
  }

  /** containerd's own interface, in the namespace of the kubelet's images. Only it can read and set labels. */
  ctr(args: readonly string[]): Promise<ToolAnswer> {
    const limits = { timeoutMs: TIMEOUT_MS, outputBytesMax: OUTPUT_BYTES };
    return this.#run("ctr", ["--address", this.#socket, "--namespace", "k8s.io", "images", ...args], limits);
  }

  #runtime(): readonly string[] {
    const endpoint = `unix://${this.#socket}`;
    // The timeout of connecting and short calls. The default of two seconds is too short on a box that has just booted.
    return ["--runtime-endpoint", endpoint, "--image-endpoint", endpoint, "--timeout", "30s"];
  }

  async #run(tool: string, args: readonly string[], limits: CommandLimits): Promise<ToolAnswer> {
    const own = await startCommand([tool, ...args], limits, this.#clock, this.#environment).end;
    const isMissing = own.end === "not-started" && own.code === "ENOENT";
    const end = isMissing ? await startCommand(["k3s", tool, ...args], limits, this.#clock, this.#environment).end : own;
    return toolAnswer(tool, end);
  }
}

// Both tools exit with 1 for every error. Messages of Go's net, of ctr, and of crictl's first call to a runtime.
const NO_CONTAINERD = /dial unix|cannot access socket|validate CRI v1 /;

function toolAnswer(tool: string, end: CommandEnd): ToolAnswer {
  switch (end.end) {
    case "exited":
      if (end.code === 0) return { did: "answer", stdout: end.stdout };
      if (NO_CONTAINERD.test(end.stderr)) return { did: "nothing", why: "containerd does not answer on its socket" };
      return { did: "refuse", stdout: end.stdout, stderr: end.stderr, why: `${tool} ended with exit code ${end.code}` };
    case "not-started":
      return {
        did: "nothing",
        why: end.code === "ENOENT" ? `neither ${tool} nor k3s is on PATH` : `${tool} could not be started: ${end.code}`,
      };
    case "killed":
      return { did: "nothing", why: `${tool} was killed by ${end.by}` };
    case "timed-out":
      return { did: "nothing", why: `${tool} did not end in time` };
    case "stopped":
      return { did: "nothing", why: `${tool} was stopped` };
    case "too-much-output":
      return { did: "nothing", why: `${tool} printed more than ${OUTPUT_BYTES} bytes` };
  }
}
