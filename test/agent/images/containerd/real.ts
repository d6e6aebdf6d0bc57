import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ProcessPort, systemProcess } from "../../../../core/index.ts";
import { ARCHITECTURE, NOBODY } from "./registry.ts";

/** `SKERRY_CONTAINERD_PATH=<folder>` names other binaries than those on PATH. */
const PATH = [process.env["SKERRY_CONTAINERD_PATH"] ?? [], process.env["PATH"] ?? []].flat().join(delimiter);
const PROGRAMS = ["containerd", "ctr", "crictl", "setpriv"];
const START_MS = 20_000;
const END_MS = 10_000;
const RUN_MS = 10_000;

/** Why this machine runs no containerd of ours; undefined when it does. */
export function noContainerd(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can start it";
  const missing = PROGRAMS.filter((program) => !PATH.split(delimiter).some((folder) => isProgram(join(folder, program))));
  return missing.length === 0 ? undefined : `${missing.join(", ")} not on PATH`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A containerd that shares nothing with the machine's own: its store, its socket and its plugins' folders are in a folder that goes with it. */
export class RealBox {
  readonly process: ProcessPort = { ...systemProcess, env: (name) => (name === "PATH" ? PATH : systemProcess.env(name)) };
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
  }

  /** `mirror` is asked before the registry that is out of reach. */
  static async start(mirror: string): Promise<RealBox> {
    const [major] = version();
    const folder = mkdtempSync("/tmp/skerry-containerd-");
    const config = join(folder, "config.toml");
    writeFileSync(config, configuration(folder, major));
    mkdirSync(join(folder, "registries", NOBODY), { recursive: true });
    writeFileSync(join(folder, "registries", NOBODY, "hosts.toml"), `server = "http://${NOBODY}"\n[host."http://${mirror}"]\n`);
    // The kernel ends it with the thread that started it, should that be killed before it can stop anything.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "containerd", "--config", config], {
      env: { PATH },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const box = new RealBox(folder, child);
    let log = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (log = `${log}${text}`.slice(-4_000)));
    for (const late = Date.now() + START_MS; Date.now() < late && child.exitCode === null; ) {
      if (box.#answers()) return box;
      await delay(100);
    }
    await box.stop();
    throw new Error(`containerd did not start: ${log}`);
  }

  get socket(): string {
    return join(this.#folder, "c.sock");
  }

  /** Whether this version knows pins by label; older ones take the label and do nothing. */
  get knowsPins(): boolean {
    const [major, minor, patch] = version();
    return major > 1 || minor > 7 || (minor === 7 && patch >= 10) || (minor === 6 && patch >= 25);
  }

  crictl(...args: readonly string[]): string {
    return run("crictl", "--runtime-endpoint", `unix://${this.socket}`, "--image-endpoint", `unix://${this.socket}`, ...args);
  }

  ctr(...args: readonly string[]): string {
    return run("ctr", "--address", this.socket, "--namespace", "k8s.io", ...args);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await Promise.race([ended, delay(END_MS, undefined, { ref: false })]);
      this.#child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answers(): boolean {
    try {
      this.crictl("images");
      return true;
    } catch {
      return false;
    }
  }
}

function version(): readonly [major: number, minor: number, patch: number] {
  const [, major, minor, patch] = / v?(\d+)\.(\d+)\.(\d+)/.exec(run("containerd", "--version")) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", env: { PATH }, stdio: ["ignore", "pipe", "pipe"], timeout: RUN_MS });
}

/** Layers are copied, since not every machine can stack them. No network of pods, no plugins of others. */
function configuration(folder: string, major: number): string {
  return `version = ${major > 1 ? 3 : 2}
root = "${folder}/root"
state = "${folder}/state"
temp = "${folder}/temp"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
  address = "${folder}/c.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
${major > 1 ? runtimeOf2(folder) : runtimeOf1(folder)}`;
}

function runtimeOf1(folder: string): string {
  return `[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "${folder}/registries"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${folder}/cni/bin"
  conf_dir = "${folder}/cni/conf"
`;
}

/** It would read the other form too, and forget the snapshotter on the way. */
function runtimeOf2(folder: string): string {
  return `[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "${folder}/registries"
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["${folder}/cni/bin"]
  conf_dir = "${folder}/cni/conf"
[[plugins."io.containerd.transfer.v1.local".unpack_config]]
  platform = "linux/${ARCHITECTURE}"
  snapshotter = "native"
`;
}
