import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * This machine with whatever is done to it kept aside: a root of its own, made of an overlay over `/`, in which packages are installed for
 * real. Needs root, mount namespaces and memory for what is installed.
 */
export class Machine {
  readonly #folder = mkdtempSync("/dev/shm/skerry-machine-");

  constructor() {
    for (const part of ["upper", "work", "root"]) mkdirSync(join(this.#folder, part));
  }

  static get isPossible(): boolean {
    if (!existsSync("/dev/shm") || !existsSync("/usr/bin/dpkg")) return false;
    const machine = new Machine();
    try {
      return machine.run("exit 0").code === 0;
    } finally {
      machine.remove();
    }
  }

  /** Runs a script of `sh` as root of the machine. */
  run(script: string): { readonly code: number | null; readonly text: string } {
    const mounts = `
      set -e
      cd "$0"
      mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
      mount --rbind /proc root/proc
      mount --rbind /dev root/dev
      exec chroot root /bin/sh -ec "$1"`;
    const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
    const { status, stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", mounts, this.#folder, script], {
      env,
      encoding: "utf8",
    });
    return { code: status, text: `${stdout}${stderr}` };
  }

  /** The same, where a failure ends the test with its words. */
  expect(script: string): string {
    const { code, text } = this.run(script);
    if (code !== 0) throw new Error(`${script}\nexit ${code}\n${text}`);
    return text;
  }

  remove(): void {
    // The overlay's work folder has mode 0: rm as root can, Node's would look first.
    execFileSync("rm", ["-rf", this.#folder]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
