import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** This repository's fleet in a separate folder and git repository, so that the demo can edit and commit. */
export class FleetCopy {
  readonly path: string;

  constructor(root: string, path: string) {
    this.path = path;
    rmSync(path, { recursive: true, force: true });
    for (const file of git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")) {
      if (file === "" || /^(test|bench|docs|\.github|\.ci)\//.test(file)) continue;
      mkdirSync(dirname(join(path, file)), { recursive: true });
      cpSync(join(root, file), join(path, file));
    }
    symlinkSync(join(root, "node_modules"), join(path, "node_modules"));
    git(path, "init", "--quiet", "--initial-branch=main");
    // .gitignore has a folder, but this is a link.
    writeFileSync(join(path, ".git/info/exclude"), "node_modules\n");
    this.commit("The fleet as it is");
  }

  /** Changes one file by plain text replacement. Throws when there is nothing to replace, because the demo would then show nothing. */
  edit(file: string, from: string, to: string): void {
    const before = readFileSync(join(this.path, file), "utf8");
    if (!before.includes(from)) throw new Error(`${file} does not contain ${JSON.stringify(from)}`);
    writeFileSync(join(this.path, file), before.replace(from, to));
  }

  commit(message: string): void {
    git(this.path, "add", "--all");
    git(
      this.path,
      "-c",
      "user.name=A team",
      "-c",
      "user.email=team@fleet.invalid",
      "-c",
      "commit.gpgsign=false",
      "commit",
      "--quiet",
      "-m",
      message,
    );
  }

  /** Runs a command of skerry as a person would and returns what `-o json` prints. Throws with its output when it fails. */
  async skerry<T>(...args: readonly string[]): Promise<T> {
    const child = spawn(process.execPath, [join(this.path, "cli/skerry.js"), ...args, "-o", "json"], {
      cwd: this.path,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, errors] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`skerry ${args.join(" ")}: exit ${code}\n${await out}${await errors}`);
    return JSON.parse(await out) as T;
  }
}

export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
