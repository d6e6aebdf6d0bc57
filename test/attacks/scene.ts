import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "../../core/index.ts";
import type { Journal } from "../../wire/index.ts";
import { type GitServer, startGitServer } from "../../tools/git-server.ts";
import { AgentStarter } from "../agent/fixtures/agent-process.ts";
import { Box } from "../agent/fixtures/box.ts";
import { Forge, siteFiles } from "../agent/fixtures/forge.ts";
import { HostileServer } from "../agent/hostile/hostile-server.ts";
import { AttackServer, Elsewhere } from "./server.ts";

export const SITE = "eddm";

/** Credentials that may reach the repository's own server alone, and no output at all. */
export const OWN_SECRET = "0wn-s3cret";
/** Credentials for another host in the home folder of the agent's user: they may reach nobody. */
export const OTHER_SECRET = "0ther-s3cret";

/**
 * A box that runs a release, a signed newer one, and everything that an attacker may hold: the server in front of the real one, a third
 * address that waits for visitors, and a home folder with credentials for it.
 */
export class Scene {
  readonly root = mkdtempSync("/tmp/skerry-attacks-");
  readonly forge = new Forge(join(this.root, "fleet.git"));
  readonly server = new AttackServer();
  readonly elsewhere = new Elsewhere();
  /** Speaks protocol 2 without being git: sends what no git would pack. */
  readonly forger = new HostileServer(this.forge);
  readonly agents = new AgentStarter();
  readonly home = join(this.root, "home");
  /** Whatever an attacker's command makes when it runs. */
  readonly marks = join(this.root, "marks");
  release = 1;
  #git: GitServer | undefined;
  #box: Box | undefined;
  #forged = "";

  static async open(): Promise<Scene> {
    const scene = new Scene();
    await scene.#open();
    return scene;
  }

  get box(): Box {
    return this.#box as Box;
  }

  /** Address of the same repository as the real git serves it. */
  get honest(): string {
    return (this.#git as GitServer).url("fleet.git");
  }

  /** Address of the same repository as the forger serves it. */
  get forged(): string {
    return this.#forged;
  }

  async close(): Promise<void> {
    this.agents.close();
    await Promise.all([this.server.close(), this.elsewhere.close(), this.forger.close(), this.#git?.close()]);
    this.#box?.remove();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Signs the next release, which is there for whoever asks honestly. */
  deliver(): void {
    this.release++;
    if (this.release > 40) this.forge.trustFiles.delete(`releases/${this.release - 40}.tag`);
    this.forge.deliver(SITE, this.release, this.release + 4, this.files());
  }

  files(release = this.release): ReadonlyMap<string, Buffer | string> {
    return siteFiles(`release-${release}`);
  }

  /** Environment of the agent's process, as `env NAME=value` in front of it. */
  environment(more: Readonly<Record<string, string>> = {}): string[] {
    return ["env", ...Object.entries({ HOME: this.home, ...more }).map(([name, value]) => `${name}=${value}`)];
  }

  /** A program that leaves a mark and then does `then`. */
  program(name: string, then = "exit 1"): string {
    const path = join(this.root, name);
    writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> '${join(this.marks, name)}'\n${then}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** A script in ssh's place; `$@` are ssh's own arguments. */
  ssh(body: string): Record<string, string> {
    const path = join(this.root, "ssh");
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return { GIT_SSH_COMMAND: path };
  }

  /** All that no attack may change: files of the state folder but for journal and report, what stands at the target, and what the journal knows. */
  async durable(): Promise<Readonly<Record<string, string>>> {
    const state = this.box.config.state;
    const files = existsSync(state) ? contentOf(state) : {};
    const kept = Object.entries(files).filter(([path]) => !/^\/(journal\.[01]|report\.json|lock|control)(\.new)?$/.test(path));
    const journal = await this.box.journal().catch(() => undefined);
    const target = Object.entries(contentOf(join(this.box.folder, "site"))).map(([path, what]) => [`target${path}`, what]);
    return { ...Object.fromEntries([...kept, ...target]), journal: JSON.stringify(journal && lasting(journal)) };
  }

  cacheBytes(): number {
    const files = readdirSync(this.box.cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  }

  async #open(): Promise<void> {
    mkdirSync(this.marks);
    mkdirSync(this.home);
    writeFileSync(join(this.home, ".netrc"), `machine localhost login other password ${OTHER_SECRET}\n`, { mode: 0o600 });
    this.#git = await startGitServer(this.root);
    this.#forged = await this.forger.open();
    await this.elsewhere.open();
    const url = await this.server.open();
    this.server.upstream = this.honest;
    this.forge.deliver(SITE, 1, 5, this.files());
    this.#box = new Box(SITE, url.replace("http://", `http://site:${OWN_SECRET}@`), this.forge.trustBytes);
    if ((await this.box.once()) !== 0) throw new Error(`the first release did not go in: ${JSON.stringify(this.box.lines)}`);
  }
}

/** What a refused poll may change in the journal is left out: the refusal itself, and how often something was written. */
function lasting({ record: _record, refused: _refused, counter: _counter, boot: _boot, unsureSeconds: _unsure, ...rest }: Journal): object {
  return rest;
}

/** Path below `folder` -> what is there, with a digest for bytes. Links are not followed. */
export function contentOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const what = entry.isFile()
        ? `file ${sha256Hex(readFileSync(path))}`
        : entry.isSymbolicLink()
          ? `link to ${readlinkSync(path)}`
          : entry.isDirectory()
            ? "folder"
            : "other";
      return [path.slice(folder.length), what];
    }),
  );
}
