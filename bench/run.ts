// Ours beside the peers, on the same work, in one run. `npm run bench -- --sites 1000,10000` leaves the long rows out; `-- --agent` runs the
// agent's and the simulation's part alone and leaves the rest of RESULTS.md as it is.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchAgent } from "./agent.ts";
import { benchSimulation } from "./simulation.ts";
import { FleetFolder, SKERRY } from "./fleet-folder.ts";
import { type Measure, measureProcess, median } from "./measure.ts";
import { fastImport, writeStream } from "./peer-fast-import.ts";
import { profileProcess } from "./profile.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPOSITORY = ".skerry/fleet.git";
const RELEASE = [SKERRY, "release", "--promote", "all"];

interface Row {
  readonly work: string;
  readonly sites: number;
  readonly runs: number;
  readonly wallSeconds: number;
  readonly cpuSeconds?: number;
  readonly rssBytes?: number;
  readonly packBytes?: number;
}

const { values } = parseArgs({
  options: {
    sites: { type: "string", default: "1000,10000,100000" },
    runs: { type: "string", default: "5" },
    agent: { type: "boolean", default: false },
  },
});
const counts = values.sites.split(",").map(Number);
const rows: Row[] = [];

execFileSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: "inherit" });
const results = join(ROOT, "bench/RESULTS.md");
const office = values.agent ? (readFileSync(results, "utf8").split("\n## The agent\n")[0] as string) : await benchOffice();
const agent = await withModules(() => benchAgent(Number(values.runs)));
const report = `${office.trimEnd()}\n\n${agent}\n${benchSimulation()}`;
writeFileSync(results, report);
process.stdout.write(report);

/** While `work` runs, `build/modules` holds the sources as the compiler leaves them, a file each. */
async function withModules<T>(work: () => Promise<T>): Promise<T> {
  const folder = join(ROOT, "build/modules");
  const options = ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "false", "--declaration", "false", "--outDir", folder];
  try {
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), options, { cwd: ROOT, stdio: "inherit" });
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchOffice(): Promise<string> {
  await benchCdk8s();
  for (const count of counts) await benchRelease(count, count > 10_000 ? 1 : Number(values.runs));
  return writeReport(await profileRelease());
}

async function benchCdk8s(): Promise<void> {
  using fleet = new FleetFolder(300);
  for (const count of [100, 300]) {
    const args = ["--conditions=skerry-source", "--disable-warning=ExperimentalWarning", join(ROOT, "bench/peer-cdk8s.ts"), String(count)];
    await repeat("plain cdk8s, one App", count, 3, () => measureProcess(fleet.path, args));
  }
}

/** First release, next release, and fast-import of what each of them wrote. A fresh folder a run, or the second would find its objects there. */
async function benchRelease(count: number, runs: number): Promise<void> {
  const first: Measure[] = [];
  const next: Measure[] = [];
  const bytes: number[][] = [];
  for (let run = 0; run < runs; run++) {
    using fleet = new FleetFolder(count);
    execFileSync(process.execPath, [SKERRY, "keys"], { cwd: fleet.path, stdio: "ignore" });
    first.push(await measureProcess(fleet.path, RELEASE));
    const firstBytes = packBytes(join(fleet.path, REPOSITORY));
    fleet.changeVersion("2.0.0");
    next.push(await measureProcess(fleet.path, RELEASE));
    bytes.push([firstBytes, packBytes(join(fleet.path, REPOSITORY)) - firstBytes]);
    if (run === runs - 1) await benchFastImport(join(fleet.path, REPOSITORY), count);
  }
  push("release --promote all, first", count, first, bytes[0]?.[0]);
  push("release --promote all, next", count, next, bytes[0]?.[1]);
}

async function benchFastImport(repository: string, count: number): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "skerry-bench-"));
  try {
    const peer = join(scratch, "peer.git");
    execFileSync("git", ["init", "--quiet", "--bare", peer]);
    for (const [work, since] of [
      ["first", undefined],
      ["next", "release/1"],
    ] as const) {
      const stream = join(scratch, work);
      await writeStream(repository, since === undefined ? "release/1" : "release/2", stream, since);
      const before = packBytes(peer);
      const started = performance.now();
      await fastImport(peer, stream);
      rows.push({
        work: `git fast-import, ${work}`,
        sites: count,
        runs: 1,
        wallSeconds: (performance.now() - started) / 1000,
        packBytes: packBytes(peer) - before,
      });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function repeat(work: string, sites: number, runs: number, measure: () => Promise<Measure>): Promise<void> {
  const measures: Measure[] = [];
  for (let run = 0; run < runs; run++) measures.push(await measure());
  push(work, sites, measures, undefined);
}

function push(work: string, sites: number, measures: readonly Measure[], bytes: number | undefined): void {
  rows.push({
    work,
    sites,
    runs: measures.length,
    wallSeconds: median(measures.map((measure) => measure.wallSeconds)),
    cpuSeconds: median(measures.map((measure) => measure.cpuSeconds)),
    rssBytes: median(measures.map((measure) => measure.rssBytes)),
    ...(bytes === undefined ? {} : { packBytes: bytes }),
  });
}

function packBytes(repository: string): number {
  const folder = join(repository, "objects/pack");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pack"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Where the time of a first release of 10,000 sites goes: its own run, because the profiler itself costs some. */
async function profileRelease(): Promise<string> {
  using fleet = new FleetFolder(10_000);
  execFileSync(process.execPath, [SKERRY, "keys"], { cwd: fleet.path, stdio: "ignore" });
  return await profileProcess(fleet.path, RELEASE, () => rmSync(join(fleet.path, REPOSITORY), { recursive: true, force: true }));
}

function writeReport(profile: string): string {
  const table = rows.map(
    (row) =>
      `| ${row.work} | ${row.sites.toLocaleString("en")} | ${row.runs} | ${row.wallSeconds.toFixed(2)} | ${row.cpuSeconds?.toFixed(2) ?? ""} | ${megabytes(row.rssBytes)} | ${megabytes(row.packBytes)} |`,
  );
  return `# Benchmarks

\`npm run bench\`, whole processes, medians. ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${execFileSync("git", ["--version"], { encoding: "utf8" }).trim()}.
A site has 30 objects in ten units, three of them with a late fact; 38 distinct renders. RSS is the largest of our one process; git's children are not in it. CPU is the process with its children.
fast-import gets the same trees as a ready stream: it renders, checks and signs nothing.

| work | sites | runs | wall s | CPU s | RSS MB | pack MB |
|---|---:|---:|---:|---:|---:|---:|
${table.join("\n")}

${ratios().join("\n")}

## Budgets

| work | budget | measured |
|---|---|---|
${budgets().join("\n")}

Where the time of a first release of 10,000 sites goes, seven runs together:

${profile}`;
}

function ratios(): string[] {
  const lines: string[] = [];
  for (const sites of counts) {
    for (const step of ["first", "next"]) {
      const ours = find(`release --promote all, ${step}`, sites);
      const peer = find(`git fast-import, ${step}`, sites);
      if (ours && peer)
        lines.push(
          `- ${sites.toLocaleString("en")} sites, ${step} release: git fast-import takes ${(peer.wallSeconds / ours.wallSeconds).toFixed(1)} times as long, its packs are ${((peer.packBytes ?? 0) / (ours.packBytes ?? 1)).toFixed(1)} times as large.`,
        );
    }
  }
  const small = find("plain cdk8s, one App", 100);
  const large = find("plain cdk8s, one App", 300);
  if (small && large) {
    const exponent = Math.log(large.wallSeconds / small.wallSeconds) / Math.log(3);
    lines.push(
      `- Plain cdk8s: three times the sites take ${(large.wallSeconds / small.wallSeconds).toFixed(1)} times as long (exponent ${exponent.toFixed(1)}).`,
    );
    const ours = find("release --promote all, first", 1000);
    if (ours)
      lines.push(
        `- At 300 sites plain cdk8s takes ${(large.wallSeconds / ours.wallSeconds).toFixed(1)} times as long to render as ours takes to render, check, sign and publish 1,000.`,
      );
  }
  return lines;
}

function budgets(): string[] {
  const row = (sites: number, step: string, budget: string): string[] => {
    const ours = find(`release --promote all, ${step}`, sites);
    const measured = ours && `${ours.wallSeconds.toFixed(2)} s, ${megabytes(ours.rssBytes)} MB`;
    return measured === undefined ? [] : [`| ${step} release, ${sites.toLocaleString("en")} sites | ${budget} | ${measured} |`];
  };
  return [...row(10_000, "first", "1.0 s, 160 MB"), ...row(10_000, "next", "1.0 s"), ...row(100_000, "first", "8 s, 600 MB")];
}

function find(work: string, sites: number): Row | undefined {
  return rows.find((row) => row.work === work && row.sites === sites);
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : (bytes / 1e6).toFixed(1);
}
