import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const REPOSITORY = join(import.meta.dirname, "../..");
const PUBLISHED = join(REPOSITORY, "test/cli/published-skerry.ts");
const LINKED = ["cdk8s", "constructs", "zod", "@types/node"];
const COMMAND_SECONDS_MAX = 60;

/**
 * A reader's machine: a home of its own and one bash for all commands, so that folders and variables last from one to the next. The
 * commands are the real ones. The one thing that is missing is a package registry: `npm install` links the packages of this repository.
 */
export class Laptop {
  readonly folder = mkdtempSync(join(tmpdir(), "skerry-laptop-"));
  readonly #bash: ChildProcessWithoutNullStreams;
  #printed = "";
  #heard: () => void = () => undefined;
  #isClosed = false;

  constructor(variables: Readonly<Record<string, string>> = {}) {
    const programs = join(this.folder, "programs");
    this.#writePrograms(programs);
    const home = join(this.folder, "home");
    mkdirSync(home);
    writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = Reader\n\temail = reader@laptop.invalid\n");
    const path = [programs, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
    const env = {
      PATH: path,
      HOME: home,
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
      GIT_CONFIG_NOSYSTEM: "1",
      NODE_OPTIONS: NODE_OPTIONS,
      ...variables,
    };
    // A process group of its own: what a page leaves running ends with the laptop.
    this.#bash = spawn("bash", ["--noprofile", "--norc"], { cwd: home, env, detached: true });
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#printed += text;
        this.#heard();
      });
    }
    this.#bash.on("close", () => {
      this.#isClosed = true;
      this.#heard();
    });
  }

  /** Runs one command and gives what a terminal would show. Its exit code other than 0 is an error, unless the command itself deals with it. */
  async run(command: string): Promise<string> {
    const { code, output } = await this.#end(command);
    if (code !== 0) throw new Error(`${command}\nexit ${code}\n${output}`);
    return output;
  }

  async #end(command: string): Promise<{ readonly code: number; readonly output: string }> {
    this.#printed = "";
    const mark = "--- end of the command, exit";
    this.#bash.stdin.write(`{ ${command}\n} 2>&1 </dev/null; printf '\\n%s %s\\n' '${mark}' "$?"\n`);
    const until = new RegExp(`\\n${mark} (\\d+)\\n`);
    const deadline = setTimeout(() => this.close(), COMMAND_SECONDS_MAX * 1000);
    try {
      for (;;) {
        const ended = until.exec(this.#printed);
        if (ended !== null) return { code: Number(ended[1]), output: this.#printed.slice(0, ended.index) };
        if (this.#isClosed) throw new Error(`${command}\nbash ended, or ${COMMAND_SECONDS_MAX} s went by\n${this.#printed}`);
        await new Promise<void>((resolve) => (this.#heard = resolve));
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  close(): void {
    const { pid } = this.#bash;
    if (pid !== undefined && !this.#isClosed) {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // The group ended meanwhile.
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #writePrograms(folder: string): void {
    const program = (name: string, script: string): void => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    mkdirSync(folder);
    program("skerry", `exec "${process.execPath}" --disable-warning=ExperimentalWarning "${PUBLISHED}" "$@"`);
    program(
      "npx",
      `[ "$1" = skerry ] || { echo "only skerry is here, not $1" >&2; exit 1; }\nshift\nexec "${join(folder, "skerry")}" "$@"`,
    );
    const tsc = join(REPOSITORY, "node_modules/.bin/tsc");
    program("tsc", `exec "${tsc}" --customConditions skerry-source --lib es2024,esnext.iterator "$@"`);
    const links = LINKED.map((name) => `ln -sfn "${join(REPOSITORY, "node_modules", name)}" node_modules/${name}`);
    const bins = ["skerry", "tsc"].map((name) => `ln -sfn "${join(folder, name)}" node_modules/.bin/${name}`);
    const install = ["mkdir -p node_modules/.bin node_modules/@types", `ln -sfn "${REPOSITORY}" node_modules/skerry`, ...links, ...bins];
    program("npm", `if [ "$1" = install ]; then\n${install.join("\n")}\nexit 0\nfi\nPATH="\${PATH#*:}"\nexec npm "$@"`);
  }
}

// From this checkout the package's own files are its sources.
const NODE_OPTIONS = "--conditions=skerry-source";
