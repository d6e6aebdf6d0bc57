import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type FleetFolder, SKERRY } from "./fleet-folder.ts";

/** The agent as a box gets it: one file, made by `npm run build`. */
export const AGENT_FILE = fileURLToPath(new URL("../dist/agent/skerry-agent.js", import.meta.url));
/** The same agent as the compiler leaves it, a file for each of the sources. */
export const AGENT_MODULES = fileURLToPath(new URL("../build/modules/agent/main.js", import.meta.url));

const WAIT_MS = 60_000;
/** git's children of an idle poll live for some milliseconds. */
const SAMPLE_MS = 3;
/** Between two of git's processes passes less. */
const QUIET_MS = 50;

export interface Memory {
  readonly rssBytes: number;
  /** What the box really pays: the rest is the pages of the Node binary. */
  readonly anonymousBytes: number;
}

/** A box of one site of a fleet, its agent running: what it says is awaited, what it uses is read from /proc. */
export class BoxProcess implements Disposable {
  readonly #folder = mkdtempSync("/tmp/skerry-bench-box-");
  readonly #cache = mkdtempSync("/dev/shm/skerry-bench-box-");
  readonly #child: ChildProcess;
  readonly #said: { readonly event: string; readonly atMs: number }[] = [];
  #awaited: (() => void) | undefined;
  #heard = 0;
  #errors = "";
  #unread = "";

  constructor(fleet: FleetFolder, site: string, repository: string, agentFile = AGENT_FILE) {
    const at = (name: string): string => join(this.#folder, name);
    const places = [
      "--to",
      at("etc"),
      "--config-folder",
      at("etc"),
      "--state",
      at("state"),
      "--cache",
      this.#cache,
      "--target",
      at("current"),
    ];
    const bundle = ["agent", "bundle", site, "--repository", repository, "--poll-seconds", "86400", ...places];
    execFileSync(process.execPath, [SKERRY, ...bundle], { cwd: fleet.path, stdio: ["ignore", "ignore", "pipe"] });
    const args = [agentFile, "run", "--config", at("etc/agent.json")];
    this.#child = spawn(process.execPath, args, { cwd: this.#folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
  }

  /** Waits until the agent says this, from what it said after the last event that was waited for. Gives the time when it was heard. */
  async until(event: string): Promise<number> {
    const began = performance.now();
    for (;;) {
      const place = this.#said.findIndex((said, index) => index >= this.#heard && said.event === event);
      this.#heard = place < 0 ? this.#heard : place + 1;
      if (place >= 0) return this.#said[place]?.atMs as number;
      if (performance.now() - began > WAIT_MS || this.#child.exitCode !== null)
        throw new Error(`no ${event} from the agent after ${this.#said.map((said) => said.event).join(", ")}\n${this.#errors}`);
      await new Promise<void>((resolve) => {
        this.#awaited = resolve;
        setTimeout(resolve, 100);
      });
    }
  }

  /** Asks for a poll; milliseconds until a release is staged, and until it is applied. */
  async take(): Promise<{ readonly stagedMs: number; readonly appliedMs: number }> {
    const began = performance.now();
    this.#child.kill("SIGHUP");
    const stagedMs = (await this.until("staged")) - began;
    const appliedMs = (await this.until("applied")) - began;
    await this.until("pruned");
    return { stagedMs, appliedMs };
  }

  /** A poll without news says nothing: it is over when the server has answered and the last of git's processes is gone. Milliseconds. */
  async askIdle(isServed: () => boolean): Promise<number> {
    const began = performance.now();
    let busyAt = began;
    this.#child.kill("SIGHUP");
    while (performance.now() - began < WAIT_MS) {
      const now = performance.now();
      if (!isServed() || childrenBytes(this.#pid) > 0) busyAt = now;
      else if (now - busyAt > QUIET_MS) return busyAt - began;
      await delay(1);
    }
    throw new Error(`no poll came to its end\n${this.#errors}`);
  }

  /** What all its children together held at the worst moment of this work, as far as samples see it. */
  async childrenDuring(work: () => Promise<unknown>): Promise<number> {
    let most = 0;
    const sampler = setInterval(() => (most = Math.max(most, childrenBytes(this.#pid))), SAMPLE_MS);
    await work().finally(() => clearInterval(sampler));
    return most;
  }

  memory(): Memory {
    const text = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    return { rssBytes: field(text, "VmRSS"), anonymousBytes: field(text, "RssAnon") };
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
    for (const folder of [this.#folder, this.#cache]) rmSync(folder, { recursive: true, force: true });
  }

  get #pid(): number {
    return this.#child.pid as number;
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split("\n");
    this.#unread = lines.pop() as string;
    const atMs = performance.now();
    for (const line of lines) this.#said.push({ event: (JSON.parse(line) as { event: string }).event, atMs });
    this.#awaited?.();
  }
}

/** Children come and go while they are counted: one that is gone counts nothing. */
function childrenBytes(pid: number): number {
  let sum = 0;
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number)) {
        sum += field(readFileSync(`/proc/${child}/status`, "utf8"), "VmRSS") + childrenBytes(child);
      }
    }
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code as string)) throw error;
  }
  return sum;
}

/** Bytes of a line of proc(5) status; a process that has ended has none. */
function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
}
