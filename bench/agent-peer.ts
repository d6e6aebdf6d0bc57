import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";

/** git itself at the agent's place: a bare repository on memory that follows one ref. Judges nothing, stages nothing. */
export class PeerRepository implements Disposable {
  readonly #folder = mkdtempSync("/dev/shm/skerry-bench-peer-");
  readonly #url: string;
  readonly #site: string;

  constructor(url: string, site: string) {
    this.#url = url;
    this.#site = site;
    execFileSync("git", ["init", "--quiet", "--bare", this.#folder]);
  }

  /** The least that git can be asked for. Milliseconds. */
  fetch(): Promise<number> {
    return run([
      "-C",
      this.#folder,
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      this.#url,
      `+refs/heads/sites/${this.#site}:refs/heads/site`,
    ]);
  }

  /** What looks cheaper and is not: the server lists every ref. */
  list(): Promise<number> {
    return run(["ls-remote", this.#url, `refs/heads/sites/${this.#site}`]);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// Not execFile's synchronous form: the server that answers is in this process.
async function run(args: readonly string[]): Promise<number> {
  const began = performance.now();
  const child = spawn("git", args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`git ${args.join(" ")}: exit ${code}`);
  return performance.now() - began;
}
