import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why this machine gives nobody a file system of his own; undefined when it does. */
export function noSmallDisk(): string | undefined {
  const { error, status, stderr } = spawnSync("unshare", ["-Urm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/tmp"], {
    encoding: "utf8",
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/**
 * A file system of a few megabytes in a namespace of its own, so that it can be filled and made read-only without rights and without harm.
 * It ends with the process that holds it.
 */
export class SmallDisk {
  /** Stands before a command that shall see the disk. */
  readonly wrapper: readonly string[];
  readonly #holder: ChildProcess;
  readonly #folder: string;

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder;
    this.#holder = holder;
    this.wrapper = ["nsenter", "-t", String(holder.pid), "-U", "-m", "--preserve-credentials", "--"];
  }

  static async mount(folder: string, bytes: number): Promise<SmallDisk> {
    mkdirSync(folder, { recursive: true });
    const script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && echo ready && exec sleep 600';
    const holder = spawn("unshare", ["-Urm", "sh", "-c", script, "sh", String(bytes), folder], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout as NonNullable<typeof holder.stdout>, "data");
    return new SmallDisk(folder, holder);
  }

  /** How the disk's folder is reached from outside. */
  get outside(): string {
    return join(`/proc/${this.#holder.pid}/root`, this.#folder);
  }

  run(...command: readonly string[]): void {
    const [program, ...args] = [...this.wrapper, ...command] as [string, ...string[]];
    execFileSync(program, args, { stdio: "pipe" });
  }

  /** Leaves this many bytes free. */
  fill(leftBytes: number): void {
    const script = 'free=$(($(stat -f -c "%a*%S" "$1"))); n=$((free - $2)); [ $n -le 0 ] || head -c $n /dev/zero > "$1/ballast"';
    this.run("sh", "-c", script, "sh", this.#folder, String(leftBytes));
  }

  empty(): void {
    this.run("rm", "-f", join(this.#folder, "ballast"));
  }

  remount(mode: "ro" | "rw"): void {
    this.run("mount", "-o", `remount,${mode}`, this.#folder);
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.outside, path), text);
  }

  async unmount(): Promise<void> {
    const ended = once(this.#holder, "close");
    this.#holder.kill("SIGKILL");
    await ended;
  }
}
