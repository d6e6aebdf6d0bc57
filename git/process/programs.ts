import { execFile } from "node:child_process";
import { readdirSync, readlinkSync, statSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { GitProtocol } from "../repository-address.ts";

/** git was not found or could not be started. */
export class GitMissing extends Error {
  override readonly name = "GitMissing";
}

/**
 * Programs that git may start. git finds its helpers by name in `GIT_EXEC_PATH` and `PATH`, and a server can cause it to start some of them:
 * `git-http-fetch` fetches a pack from another URL (`packfile-uris`). So git gets a folder with nothing but these. ssh is found in the agent's
 * own `PATH`, because its configuration may name further programs.
 */
const HELPERS: Readonly<Record<GitProtocol, Readonly<Record<string, string>>>> = {
  https: { "git-remote-https": "git-remote-https" },
  http: { "git-remote-http": "git-remote-http" },
  file: { "git-upload-pack": "git" },
  ssh: {},
};

/** The links that the folder must contain, name -> target. */
export type ProgramLinks = ReadonlyMap<string, string>;

/** Finds the folder of git's programs once per process, and again when a program no longer exists. */
export class GitPrograms {
  readonly #protocol: GitProtocol;
  readonly #environment: Record<string, string>;
  #links: ProgramLinks | undefined;

  /** `environment`: has the `PATH` in which git itself is found. */
  constructor(protocol: GitProtocol, environment: Record<string, string>) {
    this.#protocol = protocol;
    this.#environment = environment;
  }

  /** Throws `GitMissing`. */
  async links(): Promise<ProgramLinks> {
    if (this.#links === undefined || !allThere(this.#links.values())) this.#links = await this.#find();
    return this.#links;
  }

  async #find(): Promise<ProgramLinks> {
    const folder = await execPath(this.#environment);
    const wanted = { git: "git", ...HELPERS[this.#protocol] };
    const links = new Map(Object.entries(wanted).map(([name, program]) => [name, join(folder, program)]));
    if (!allThere(links.values())) {
      throw new GitMissing(`this machine's git lacks ${Object.values(wanted).join(" or ")} in ${folder}`);
    }
    return links;
  }
}

/** Expects an empty folder. */
export async function linkPrograms(folder: string, links: ProgramLinks): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, target] of links) await symlink(target, join(folder, name));
}

/** Whether the folder contains exactly these links. */
export function holdsPrograms(folder: string, links: ProgramLinks): boolean {
  try {
    return readdirSync(folder).length === links.size && [...links].every(([name, target]) => readlinkSync(join(folder, name)) === target);
  } catch {
    return false;
  }
}

function allThere(paths: Iterable<string>): boolean {
  return [...paths].every((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

function execPath(environment: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("git", ["--exec-path"], { env: environment, timeout: 20_000 }, (error, stdout) => {
      if (error) reject(new GitMissing(`git could not be started: ${error.message.split("\n")[0]}`, { cause: error }));
      else resolve(stdout.trimEnd());
    });
  });
}
