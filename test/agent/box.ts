import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock, systemDisk, systemProcess, systemRandom } from "../../core/index.ts";
import { agentOnce, type ExitCode } from "../../agent/run-agent.ts";
import type { LogLine } from "../../agent/log-line.ts";
import { loadJournal } from "../../agent/store/journal-store.ts";
import { type AgentConfig, type Journal, readReport, type SiteReport } from "../../wire/index.ts";

/** Memory-backed where the machine has it, so that tests see what a site sees. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : "/tmp";

/** A box at a site: its folders, its agent.json, and what can be seen of it from outside. */
export class Box {
  readonly folder: string;
  readonly cache: string;
  readonly config: AgentConfig;
  lines: LogLine[] = [];

  constructor(site: string, repository: string, trust: Buffer, change: Partial<AgentConfig> = {}) {
    this.folder = mkdtempSync("/tmp/skerry-box-");
    this.cache = mkdtempSync(join(MEMORY, "skerry-cache-"));
    writeFileSync(join(this.folder, "trust.json"), trust);
    mkdirSync(join(this.folder, "site"));
    this.config = {
      format: "skerry.agent/1",
      fleet: "airports",
      site,
      repository,
      state: join(this.folder, "state"),
      cache: this.cache,
      trust: join(this.folder, "trust.json"),
      seqFloor: 1,
      target: { directory: { path: join(this.folder, "site/current"), mode: "plain" } },
      probes: {},
      report: join(this.folder, "state/report.json"),
      ...change,
    };
    this.configure({});
  }

  get configPath(): string {
    return join(this.folder, "agent.json");
  }

  get targetPath(): string {
    return join(this.folder, "site/current");
  }

  get repositoryCache(): string {
    return join(this.cache, `airports.${this.config.site}/repository.git`);
  }

  configure(change: Partial<AgentConfig>): void {
    writeFileSync(this.configPath, JSON.stringify({ ...this.config, ...change }));
  }

  /** One poll of the real agent in this process: real git, real disk. */
  async once(clock: Clock = systemClock): Promise<ExitCode> {
    this.lines = [];
    const ports = {
      clock,
      random: systemRandom,
      disk: systemDisk,
      process: systemProcess,
      log: (line: LogLine) => void this.lines.push(line),
    };
    return agentOnce(this.configPath, ports, { stop: new AbortController().signal });
  }

  async journal(): Promise<Journal> {
    const state = await loadJournal(systemDisk, this.config.state);
    if (!("journal" in state)) throw new Error("the box has no journal");
    return state.journal;
  }

  report(): SiteReport {
    const read = readReport(readFileSync(this.config.report));
    if ("fault" in read) throw new Error(read.fault);
    return read.value.signed;
  }

  /** Files under the target, path -> text; undefined when nothing is there. */
  target(): Record<string, string> | undefined {
    if (!existsSync(this.targetPath)) return undefined;
    const files = readdirSync(this.targetPath, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const top = join(this.folder, "site", readlinkSync(this.targetPath));
    const entries = files.map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(
      entries.map((path) => [path.replace(`${this.targetPath}/`, "").replace(`${top}/`, ""), readFileSync(path, "utf8")]),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.cache, { recursive: true, force: true });
  }
}
